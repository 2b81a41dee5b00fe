"""Elements that the workers of a tf.data service make."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

from addax.core import errors
from addax.data.node import END, INFINITE, UNKNOWN, Node, NodeIterator
from addax.data.seeds import Pass
from addax.data.service_jobs import Run, Terms
from addax.data.service_servers import Dispatcher


class ServiceNode(Node):
    """A dataset's elements, made by workers.

    Args:
        dispatcher: where the dataset is known.
        spec: of the elements.
        terms: how the work is divided.
        job_name: consumers that give the same one share the work; None for nobody.
        place: the number of a consumer that goes in step with others, or the name of a trainer.
        limit: how many elements may be made ahead of this consumer; None for some per worker.
    """

    label = "_DataServiceDatasetV2"

    def __init__(
        self, dispatcher: Dispatcher, spec: Any, terms: Terms, job_name: str | None, place: Any, limit: int | None
    ) -> None:
        super().__init__()
        self.dispatcher, self.terms, self.job_name = dispatcher, terms, job_name
        self.place, self.limit = place, limit
        self.passes = itertools.count()
        self._spec = spec

    @property
    def spec(self) -> Any:
        return self._spec

    def cardinality(self) -> int:
        endless = self.dispatcher.dataset(self.terms.dataset).node.cardinality() == INFINITE
        return INFINITE if endless else UNKNOWN

    def how(self) -> str:
        return f"by {len(self.dispatcher.workers)} workers of a service"

    def iterator(self, run: Pass) -> NodeIterator:
        return ServiceIterator(self)


class ServiceIterator(NodeIterator):
    """A consumer of a pass. It takes part from its first element on."""

    def __init__(self, node: ServiceNode) -> None:
        self._node = node
        self._run: Run | None = None
        self._over = False

    def _begin(self) -> Run:
        node = self._node
        self._run = node.dispatcher.run(node.job_name, next(node.passes), node.terms)
        self._finalizer = weakref.finalize(self, self._run.leave, self._run.join(node.limit))
        return self._run

    def next(self) -> Any:
        if self._over:
            return END
        element = (self._run or self._begin()).next(self._node.place)
        if element is END:
            self.close()
        return element

    def state(self) -> Any:
        raise errors.UnimplementedError(
            None, None,
            "The position in a dataset of the tf.data service cannot be saved: which elements the workers have given "
            "to whom is not known to one consumer.",
        )  # fmt: skip

    def restore(self, state: Any) -> None:
        self.state()

    def close(self) -> None:
        self._over = True
        if self._run is not None:
            self._finalizer()
