"""The metrics given to `compile`, put to the model's outputs."""

from __future__ import annotations

from typing import Any

from addax.core import autograph
from addax.keras import metrics as metrics_module
from addax.keras.losses.base import mask_of
from addax.keras.metrics import MeanMetricWrapper, Metric
from addax.keras.training import outputs
from addax.keras.training.compiled_loss import match

_ACCURACY = ("accuracy", "acc")
_CROSSENTROPY = ("crossentropy", "ce")


class CompiledMetrics:
    """Metrics by output.

    Args:
        metrics: metrics, functions or names; a list for one output, a list of lists or a dict for several.
        weighted_metrics: the same, updated with the sample weights.
        output_names: the model's output names, None for a subclassed model.
        from_serialized: whether names are already those of a saved model.
    """

    def __init__(
        self, metrics: Any = None, weighted_metrics: Any = None, output_names: list[str] | None = None,
        from_serialized: bool = False,
    ) -> None:  # fmt: skip
        self._user_metrics = metrics
        self._user_weighted = weighted_metrics
        self._names = output_names
        self._keep_names = from_serialized
        self._metrics: list[list[Any]] | None = None
        self._weighted: list[list[Any]] = []

    @property
    def wanted(self) -> bool:
        """Whether any metric was given."""
        return self._user_metrics is not None or self._user_weighted is not None

    @property
    def built(self) -> bool:
        """Whether the metrics were put to outputs yet."""
        return self._metrics is not None

    @property
    def metrics(self) -> list[Metric]:
        """All metrics, plain ones of each output before its weighted ones."""
        if not self.built:
            return []
        pairs = zip(self._metrics or [], self._weighted, strict=True)
        return [metric for plain, weighted in pairs for metric in (*plain, *weighted) if metric is not None]

    @property
    def unweighted_metrics(self) -> Any:
        """The metrics that ignore sample weights, by output."""
        return self._metrics

    @property
    def weighted_metrics(self) -> Any:
        """The metrics that use sample weights, by output."""
        return self._weighted if self.built else None

    def reset_state(self) -> None:
        """Start all metrics over."""
        for metric in self.metrics:
            metric.reset_state()

    def build(self, y_pred: Any, y_true: Any) -> None:
        """Put the metrics to the outputs that `y_pred` shows."""
        names = outputs.names_of(y_pred, self._names)
        self._names = names
        flat_pred = outputs.flat_outputs(y_pred)
        flat_true = outputs.by_output(y_true, names, y_pred, "y (the targets)")
        made = []
        for given, what in ((self._user_metrics, "metrics"), (self._user_weighted, "weighted_metrics")):
            lists = _lists(given, names, y_pred, what)
            made.append([
                [_as_metric(each, true, pred) for each in entries]
                for entries, true, pred in zip(lists, flat_true, flat_pred, strict=True)
            ])  # fmt: skip
        self._metrics, self._weighted = made
        if not self._keep_names:
            self._name(names if len(names) > 1 else [""])
        self._check_names()

    def _name(self, names: list[str]) -> None:
        """With several outputs, a metric's name says of which; a weighted one is told from a plain one of its name."""
        taken: set[str] = set()
        seen: set[int] = set()
        for name, plain, weighted in zip(names, self._metrics or [], self._weighted, strict=True):
            lead = f"{name}_" if name else ""
            for metric, again in [*((each, "") for each in plain), *((each, "weighted_") for each in weighted)]:
                if metric is None or id(metric) in seen:
                    continue
                seen.add(id(metric))
                bare = metric.name.removeprefix(lead)
                metric._name = f"{lead}{again}{bare}" if f"{lead}{bare}" in taken else f"{lead}{bare}"
                taken.add(metric._name)

    def _check_names(self) -> None:
        taken: set[str] = set()
        for metric in self.metrics:
            if metric.name in taken:
                raise ValueError(
                    f"compile, metrics: found two metrics with the same name: {metric.name}. All the metrics added to "
                    "the model need to have unique names."
                )
            taken.add(metric.name)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Update every metric with a batch."""
        if not self.wanted:
            self._metrics, self._weighted = [], []
            return
        if not self.built:
            self.build(y_pred, y_true)
        flat_pred = outputs.flat_outputs(y_pred)
        flat_true = outputs.by_output(y_true, self._names, y_pred, "y (the targets)")
        flat_weight = outputs.by_output(sample_weight, self._names, y_pred, "sample_weight", broadcast=True)
        entries = zip(flat_true, flat_pred, flat_weight, self._metrics, self._weighted, strict=True)
        for true, pred, weight, plain, weighted in entries:
            if true is None or not plain and not weighted:
                continue
            true, weight = match(true, pred, weight)
            mask = mask_of(pred)
            for metric in plain:
                if metric is not None:
                    update = autograph.converted_method(metric.update_state)
                    update(true, pred, **({} if mask is None else {"sample_weight": mask}))
            for metric in weighted:
                if metric is not None:
                    update = autograph.converted_method(metric.update_state)
                    update(true, pred, sample_weight=_masked(weight, mask))


def _masked(weight: Any, mask: Any) -> Any:
    from addax.ops import array, casting  # used for masked weighted metrics only

    if mask is None:
        return weight
    if weight is None:
        return mask
    while weight.ndim > mask.ndim and weight.shape[-1] == 1:
        weight = array.squeeze(weight, -1)
    if weight.ndim == mask.ndim - 1:  # of rows, where the mask is of steps
        weight = array.expand_dims(weight, -1)
    return weight * casting.cast(mask, weight.dtype)


def _lists(given: Any, names: list[str], structure: Any, what: str) -> list[list[Any]]:
    """Lists of metrics by output."""
    if given is None:
        return [[] for _ in names]
    if isinstance(given, dict):
        found = outputs.by_output(given, names, structure, what)
        return [_as_list(each) for each in found]
    entries = _as_list(given)
    nested = any(isinstance(each, list | tuple) for each in entries)
    if len(names) == 1:
        return [list(entries[0])] if nested and len(entries) == 1 else [list(entries)]
    if nested:
        found = outputs.by_output(entries, names, structure, what)
        return [_as_list(each) for each in found]
    return [[_copied(each) for each in entries] for _ in names]  # one list serves every output


def _copied(metric: Any) -> Any:
    """What counts for one of several outputs: a metric of its own."""
    return type(metric).from_config(metric.get_config()) if isinstance(metric, Metric) else metric


def _as_list(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _as_metric(given: Any, true: Any, pred: Any) -> Any:
    """A Metric object of a name, function or Metric; `accuracy` (or `ACC`) by the shapes of targets and predictions."""
    if given is None or isinstance(given, Metric):
        return given
    name = given if isinstance(given, str) else None
    lower = None if name is None else name.lower()
    if lower in _ACCURACY or lower in _CROSSENTROPY:
        kind = "accuracy" if lower in _ACCURACY else "crossentropy"
        found = metrics_module.get(_by_shapes(kind, true, pred))
    else:
        found = metrics_module.get(given)
    if isinstance(found, Metric):
        if lower in _ACCURACY or lower in _CROSSENTROPY:
            found._name = name
        return found
    if isinstance(found, type):
        return found()
    if not callable(found):
        raise TypeError(f"compile, metrics: expected a name, a function or a Metric, received {given!r:.80}.")
    own = getattr(found, "name", None) or getattr(found, "__name__", type(found).__name__)  # a loss has a name
    label = name if name is not None else own
    return MeanMetricWrapper(found, name=label)


def _by_shapes(kind: str, true: Any, pred: Any) -> str:
    """Which accuracy or crossentropy is meant, as Keras decides it."""
    true_last = true.shape[-1] if true is not None and len(true.shape) else 1
    pred_last = pred.shape[-1] if len(pred.shape) else 1
    if pred_last == 1:
        return f"binary_{kind}"
    if true is not None and (len(true.shape) < len(pred.shape) or true_last == 1 and pred_last > 1):
        return f"sparse_categorical_{kind}"
    return f"categorical_{kind}"
