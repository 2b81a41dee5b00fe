"""tf.data.experimental.get_model_proto: what the nodes of a pipeline take, as TensorFlow's message."""

from __future__ import annotations

import os
from typing import Any

from addax.core import machine_memory
from addax.data.explain import measured
from addax.data.iterator import Iterator
from addax.formats.pipeline_model import ModelProto, Node

_STEPS, _SECONDS = 100, 2.0


def get_model_proto(iterator: Any) -> ModelProto:
    """What the nodes of an iterator's pipeline take, in the form of TensorFlow's message.

    An iterator does not measure itself, so a pass of its own is measured, as `Dataset.explain` does it: up to 100
    elements or 2 seconds. It moves neither the iterator nor the seeds; functions of the user's run in it.

    Args:
        iterator: what `iter(dataset)` gave.

    Returns:
        A message: `nodes` by their numbers, with name, elements, own time (nanoseconds), what is buffered, and inputs;
        `output`, the number of the last one.

    Raises:
        ValueError: no such iterator.

    >>> import addax as tf
    >>> it = iter(tf.data.Dataset.range(5).map(lambda v: v + 1))
    >>> model = tf.data.experimental.get_model_proto(it)
    >>> root = model.nodes[model.output]
    >>> root.name, [model.nodes[i].name for i in root.inputs], root.num_elements
    ('Map', ['Range'], 5)
    """
    if not isinstance(iterator, Iterator):
        raise ValueError(f"Only supports `tf.data.Iterator`-typed `iterator`; received {iterator!r:.80}.")
    dataset = iterator._dataset
    reports, _, _ = measured(dataset._node, _STEPS, _SECONDS)
    inputs: list[list[int]] = [[] for _ in reports]
    above: list[int] = []  # the nodes that the next one may belong to
    for i, report in enumerate(reports):
        del above[report.depth :]
        if above:
            inputs[above[-1]].append(i + 1)
        above.append(i)
    model = ModelProto(output=1, id_counter=len(reports) + 1, dataset_name=dataset.options().dataset_name or "")
    for i, report in enumerate(reports):
        model.put(
            Node(
                id=i + 1, name=report.name.removesuffix("Dataset"), record_metrics=True, inputs=inputs[i],
                buffered_elements=report.held, buffered_bytes=report.held_bytes, num_elements=report.elements,
                processing_time=round(report.seconds * 1e9), node_class=5,
            )
        )  # fmt: skip
    model.optimization_params.cpu_budget = os.cpu_count() or 1
    model.optimization_params.ram_budget = machine_memory.available() or 0
    return model
