"""tf.train.ClusterSpec: which processes there are, by job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addax.core import errors
from addax.formats.cluster import ClusterDef, JobDef


class ClusterSpec:
    """The addresses of processes, by job and task.

    Args:
        cluster: for each job a list of addresses, or a dict from numbers to addresses; or a ClusterDef or ClusterSpec.

    Raises:
        TypeError: something else.

    >>> import addax as tf
    >>> spec = tf.train.ClusterSpec({"worker": ["a:1", "b:2"], "ps": {3: "c:3"}})
    >>> spec.task_address("ps", 3), spec.num_tasks("worker")
    ('c:3', 2)
    """

    def __init__(self, cluster: Any) -> None:
        if isinstance(cluster, ClusterSpec):
            cluster = cluster.as_dict()
        if isinstance(cluster, ClusterDef):
            cluster = {job.name: dict(job.tasks) for job in cluster.job}
        if not isinstance(cluster, Mapping):
            raise TypeError(
                "tf.train.ClusterSpec: `cluster` must be a dictionary mapping one or more job names to lists of "
                f"network addresses, or a `ClusterDef` protocol buffer; received {cluster!r:.80}."
            )
        self._jobs: dict[str, dict[int, str]] = {}
        for job, tasks in cluster.items():
            if isinstance(tasks, list | tuple):
                tasks = dict(enumerate(tasks))
            elif not isinstance(tasks, Mapping):
                raise TypeError(
                    f"tf.train.ClusterSpec: The tasks for job {job!r} must be a list or a dictionary from integers to "
                    f"strings; received {tasks!r:.80}."
                )
            self._jobs[str(job)] = {int(number): _address(tasks[number]) for number in sorted(tasks)}

    def _tasks(self, job_name: str) -> dict[int, str]:
        if job_name not in self._jobs:
            hint = errors.suggest(job_name, self._jobs)
            raise ValueError(f"No such job in cluster: {job_name!r}. (tf.train.ClusterSpec) {hint}".rstrip())
        return self._jobs[job_name]

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._jobs)

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has. ValueError: no such job."""
        return len(self._tasks(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The numbers of a job's tasks, in order. ValueError: no such job."""
        return sorted(self._tasks(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """The address of a task. ValueError: no such job or task."""
        tasks = self._tasks(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index} in job {job_name!r}; it has {sorted(tasks)}.")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job's tasks by number, None where a number is left out. ValueError: no such job."""
        tasks = self._tasks(job_name)
        return [tasks.get(number) for number in range(max(tasks, default=-1) + 1)]

    def as_dict(self) -> dict[str, Any]:
        """Lists of addresses by job; a dict where numbers are left out."""
        return {
            job: list(tasks.values()) if list(tasks) == list(range(len(tasks))) else dict(tasks)
            for job, tasks in self._jobs.items()
        }

    def as_cluster_def(self) -> ClusterDef:
        """The cluster as a protocol buffer, jobs in the order of their names."""
        return ClusterDef(job=[JobDef(name=job, tasks=self._jobs[job]) for job in sorted(self._jobs)])

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ClusterSpec) and self._jobs == other._jobs

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        text = ", ".join(f"{job!r}: {tasks!r}" for job, tasks in sorted(self.as_dict().items()))
        return f"ClusterSpec({{{text}}})"


def _address(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"Task address {value!r:.80} must be bytes or unicode (tf.train.ClusterSpec)")
    return value
