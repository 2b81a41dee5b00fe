"""Functions of elements: the methods of tf.data.Dataset that take one."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from addax.core import context, errors
from addax.core.spec import TensorSpec
from addax.core.tensor import NotCompilable
from addax.data import elements, functions
from addax.data.arguments import AUTOTUNE, integer, parallel_calls, positive
from addax.data.node import Node
from addax.data.nodes.filter import FilterNode
from addax.data.nodes.flat_map import InterleaveNode
from addax.data.nodes.map import MapNode
from addax.data.nodes.rejection import RejectionNode
from addax.data.nodes.scan import ScanNode, reduce_elements
from addax.data.nodes.take_while import TakeWhileNode

if TYPE_CHECKING:
    from addax.data.dataset import Dataset

_UNBOUNDED = 64  # threads of a map that mostly waits


class Functional:
    """Methods of `tf.data.Dataset`."""

    _node: Node

    def _with(self, node: Node) -> Dataset:
        raise NotImplementedError

    @property
    def _known_spec(self) -> Any:
        return self._node.spec if self._node.spec_is_known else None

    def map(
        self, map_func: Callable[..., Any], num_parallel_calls: Any = None, deterministic: bool | None = None,
        synchronous: bool | None = None, use_unbounded_threadpool: bool = False, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Apply a function to every element.

        The function is traced once and compiled; a pure one runs over many elements at a time. What cannot be compiled
        (strings, `tf.py_function`, shapes that depend on values) is called element by element.

        Args:
            map_func: takes an element, tuples unpacked into arguments; returns the new element.
            num_parallel_calls: threads for functions that run element by element, or tf.data.AUTOTUNE.
            deterministic: False lets elements made on several threads come in the order they get ready.
            synchronous: True keeps everything on the calling thread.
            use_unbounded_threadpool: many threads, for functions that mostly wait.
            name: ignored.

        Returns:
            A dataset of what the function returns.

        Raises:
            ValueError: synchronous together with several calls at a time.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(3).map(lambda x: x + 10)]
        [10, 11, 12]
        """
        threads = parallel_calls(num_parallel_calls, "Dataset.map")
        if synchronous and threads > 1:
            raise ValueError(
                "`synchronous` is not supported with `num_parallel_calls`, but `num_parallel_calls` was set."
            )
        if use_unbounded_threadpool and threads > 1:
            threads = max(threads, _UNBOUNDED)
        function = functions.UserFunction(map_func, self._known_spec, "Dataset.map")
        label = "_MapDataset" if num_parallel_calls is None else "_ParallelMapDataset"
        tuned = num_parallel_calls is not None and integer(num_parallel_calls, "", "") == AUTOTUNE
        return self._with(MapNode(self._node, function, threads, deterministic, label, tuned))

    def filter(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements for which a function says true.

        Args:
            predicate: takes an element, returns a bool scalar.
            name: ignored.

        Returns:
            A dataset.

        Raises:
            ValueError: the function returns something else.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(9).filter(lambda v: v % 3 == 0)]
        [0, 3, 6]
        """
        return self._with(FilterNode(self._node, functions.UserFunction(predicate, self._known_spec, "Dataset.filter")))

    def take_while(self, predicate: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements before the first one for which a function says false.

        Args:
            predicate: takes an element, returns a bool scalar.
            name: ignored.

        Returns:
            A dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(9).take_while(lambda v: v < 3)]
        [0, 1, 2]
        """
        function = functions.UserFunction(predicate, self._known_spec, "Dataset.take_while")
        return self._with(TakeWhileNode(self._node, function))

    def flat_map(self, map_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """The elements of the datasets that a function makes, one dataset after the other.

        Args:
            map_func: takes an element, returns a dataset.
            name: ignored.

        Returns:
            A dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(4).flat_map(lambda v: tf.data.Dataset.range(v))]
        [0, 0, 1, 0, 1, 2]
        """
        function = functions.UserFunction(map_func, self._known_spec, "Dataset.flat_map", compile=False)
        return self._with(InterleaveNode(self._node, function, label="_FlatMapDataset"))

    def interleave(
        self, map_func: Callable[..., Any], cycle_length: Any = None, block_length: Any = None,
        num_parallel_calls: Any = None, deterministic: bool | None = None, name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """The elements of the datasets that a function makes, several datasets in turns.

        Args:
            map_func: takes an element, returns a dataset.
            cycle_length: how many datasets are open at a time; by default the number of processors.
            block_length: how many elements each gives in its turn; by default 1.
            num_parallel_calls: when given, each open dataset is read on a thread of its own.
            deterministic: False takes elements of whichever dataset has one ready.
            name: ignored.

        Returns:
            A dataset.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(1, 3).interleave(lambda v: tf.data.Dataset.from_tensors(v).repeat(2), 2)
        >>> [int(v) for v in data]
        [1, 2, 1, 2]
        """
        parallel = parallel_calls(num_parallel_calls, "Dataset.interleave") > 1
        cycle = AUTOTUNE if cycle_length is None else integer(cycle_length, "Dataset.interleave", "cycle_length")
        cycle = (
            max(2, os.cpu_count() or 2) if cycle == AUTOTUNE else positive(cycle, "Dataset.interleave", "cycle_length")
        )
        if (
            cycle_length is not None
            and num_parallel_calls is not None
            and parallel_calls(num_parallel_calls, "") > cycle
        ):
            if integer(num_parallel_calls, "Dataset.interleave", "num_parallel_calls") != AUTOTUNE:
                raise errors.InvalidArgumentError(
                    errors.message(
                        "Dataset.interleave",
                        expected=f"num_parallel_calls of at most cycle_length ({cycle}), or tf.data.AUTOTUNE",
                        received=f"num_parallel_calls={num_parallel_calls}",
                    )
                )
        block = 1 if block_length is None else positive(block_length, "Dataset.interleave", "block_length")
        function = functions.UserFunction(map_func, self._known_spec, "Dataset.interleave", compile=False)
        label = "_InterleaveDataset" if num_parallel_calls is None else "_ParallelInterleaveDataset"
        return self._with(InterleaveNode(self._node, function, cycle, block, parallel, deterministic, label))

    def scan(self, initial_state: Any, scan_func: Callable[..., Any], name: str | None = None) -> Dataset:
        """Apply a function that carries a state from element to element.

        Args:
            initial_state: a nested structure of tensors.
            scan_func: (state, element) -> (new state, output); state and element come whole.
            name: ignored.

        Returns:
            A dataset of the outputs.

        Raises:
            TypeError: the function returns no pair, or a state of other dtypes.

        >>> import addax as tf
        >>> zero = tf.constant(0, tf.int64)
        >>> [int(v) for v in tf.data.Dataset.range(5).scan(zero, lambda s, v: (s + v, s + v))]
        [0, 1, 3, 6, 10]
        """
        initial = elements.from_user(initial_state)
        spec = (elements.spec_of(initial), self._node.spec)
        return self._with(ScanNode(self._node, initial, functions.UserFunction(scan_func, spec, "Dataset.scan")))

    def reduce(self, initial_state: Any, reduce_func: Callable[..., Any], name: str | None = None) -> Any:
        """The state after a function has seen all elements.

        Args:
            initial_state: a nested structure of tensors.
            reduce_func: (state, element) -> new state; state and element come whole.
            name: ignored.

        Returns:
            The last state, in the structure of `initial_state`.

        Raises:
            TypeError: the function returns a state of other dtypes.

        >>> import addax as tf
        >>> import numpy as np
        >>> int(tf.data.Dataset.range(5).reduce(np.int64(0), lambda s, v: s + v))
        10
        """
        if context.state.trace is not None:
            raise NotCompilable("Dataset.reduce runs over a dataset in a traced function")
        return reduce_elements(self._node, elements.from_user(initial_state), reduce_func)

    def rejection_resample(
        self, class_func: Callable[..., Any], target_dist: Any, initial_dist: Any = None, seed: Any = None,
        name: str | None = None,
    ) -> Dataset:  # fmt: skip
        """Leave out elements at random, so that classes come with wanted shares.

        Args:
            class_func: takes an element, returns its class, an int32 scalar from 0.
            target_dist: the wanted share of each class.
            initial_dist: the shares in this dataset; counted on the way where it is not given.
            seed: makes the choice the same in every run.
            name: ignored.

        Returns:
            A dataset of (class, element) pairs.

        >>> import addax as tf
        >>> data = tf.data.Dataset.range(8).map(lambda v: tf.cast(v % 2, tf.int32))
        >>> picked = data.rejection_resample(lambda c: c, [1.0, 0.0], [0.5, 0.5])
        >>> [int(c) for c, _ in picked]
        [0, 0, 0, 0]
        """
        shares = [
            None if d is None else np.asarray(elements.from_user(d), np.float64) for d in (target_dist, initial_dist)
        ]
        function = functions.UserFunction(class_func, self._node.spec, "Dataset.rejection_resample")
        found = function.output_spec
        if found is not None and not (isinstance(found, TensorSpec) and found.dtype.is_integer):
            raise TypeError(
                errors.message(
                    "Dataset.rejection_resample", expected="class_func to return an int32 scalar", received=found
                )
            )
        return self._with(RejectionNode(self._node, function, shares[0], shares[1], seed))  # type: ignore[arg-type]

    def apply(self, transformation_func: Callable[[Dataset], Any]) -> Any:
        """What a function from datasets to datasets makes of this one.

        Args:
            transformation_func: takes a dataset and returns one.

        Returns:
            What the function returns.

        Raises:
            TypeError: that is not a dataset.

        >>> import addax as tf
        >>> [int(v) for v in tf.data.Dataset.range(4).apply(lambda d: d.skip(2))]
        [2, 3]
        """
        made = transformation_func(self)  # type: ignore[arg-type]
        if not isinstance(getattr(made, "_node", None), Node):
            raise TypeError(f"`transformation_func` must return a `tf.data.Dataset` object; got {type(made).__name__}.")
        return made
