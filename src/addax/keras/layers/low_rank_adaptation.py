"""Low-rank adaptation (LoRA): training the product of two narrow matrices beside a weight that stays.

Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", https://arxiv.org/abs/2106.09685
"""

from __future__ import annotations

from typing import Any

from addax.core import context
from addax.keras import initializers
from addax.ops import casting, linalg

_NAMES = ("lora_rank", "lora_alpha")


class LowRankAdapted:
    """A part of layers whose weight can be frozen and adapted; stands before `Layer` among the bases.

    Args:
        *args: the layer's.
        lora_rank: the length that the two matrices share, which are made when the layer is built; None for none.
        lora_alpha: their product is multiplied by lora_alpha / lora_rank; `lora_rank` by default.
        **kwargs: the layer's.
    """

    _adapted = "kernel"  # the weight's attribute
    lora_enabled = False

    def __init__(
        self, *args: Any, lora_rank: int | None = None, lora_alpha: float | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lora_rank = lora_rank
        self.lora_alpha = lora_alpha if lora_alpha is not None else lora_rank

    def __getattr__(self, name: str) -> Any:
        state = self.__dict__
        if name == type(self)._adapted and state.get("lora_enabled"):
            return self._merged()
        if name == "_" + type(self)._adapted and name[1:] in state:
            return state[name[1:]]
        return object.__getattribute__(self, name)  # a property's own words, where it was one that failed

    def build(self, input_shape: Any) -> None:
        """Create the weights, and those that adapt one of them if the layer was made with a rank."""
        super().build(input_shape)  # type: ignore[misc]
        if self.lora_rank and not self.lora_enabled:
            self._adapt(self.lora_rank, self.lora_alpha, "he_uniform", "zeros")

    def enable_lora(
        self,
        rank: int,
        lora_alpha: float | None = None,
        a_initializer: Any = "he_uniform",
        b_initializer: Any = "zeros",
    ) -> None:
        """Freeze the weight, and add the product of two trainable matrices to it from now on.

        Models that were compiled have to be compiled again.

        Args:
            rank: the length that the matrices share.
            lora_alpha: their product is multiplied by lora_alpha / rank; `rank` by default.
            a_initializer: of the first matrix, as long as the weight.
            b_initializer: of the second one, as wide as the weight.

        Raises:
            ValueError: a layer that is not built, is adapted already, or has a constraint on the weight.

        >>> import addax as tf
        >>> layer = tf.keras.layers.Dense(4)
        >>> layer.build((None, 8))
        >>> layer.enable_lora(rank=2)
        >>> [tuple(weight.shape) for weight in layer.trainable_weights]
        [(4,), (8, 2), (2, 4)]
        """
        if getattr(self, f"{self._adapted}_constraint"):
            raise ValueError(
                f"Lora is incompatible with {self._adapted} constraints. To do: make layer {self.name!r} "  # type: ignore[attr-defined]
                f"without `{self._adapted}_constraint`."
            )
        if not self.built:  # type: ignore[attr-defined]
            raise ValueError("Cannot enable lora on a layer that isn't yet built.")
        if self.lora_enabled:
            raise ValueError("lora is already enabled. This can only be done once per layer.")
        outer = context.state.scopes
        context.state.scopes = self._inner_scopes(outer)  # type: ignore[attr-defined]
        try:
            self._adapt(rank, lora_alpha if lora_alpha is not None else rank, a_initializer, b_initializer)
        finally:
            context.state.scopes = outer

    def _adapt(self, rank: int, alpha: float | None, a_initializer: Any, b_initializer: Any) -> None:
        weight = getattr(self, self._adapted)
        shape = tuple(weight.shape)
        matrices = {"a": ((*shape[:-1], rank), a_initializer), "b": ((rank, shape[-1]), b_initializer)}
        for each, (size, initializer) in matrices.items():
            name = f"lora_{self._adapted}_{each}"
            made = self.add_weight(  # type: ignore[attr-defined]
                name, size, "float32", initializers.get(initializer), getattr(self, f"{self._adapted}_regularizer")
            )
            setattr(self, name, made)
        weight._trainable = False
        setattr(self, "_" + self._adapted, weight)  # first: a weight without an attribute would be no weight any more
        delattr(self, self._adapted)
        self.lora_rank, self.lora_alpha, self.lora_enabled = rank, alpha, True

    def _matrices(self) -> tuple[Any, Any]:
        return getattr(self, f"lora_{self._adapted}_a"), getattr(self, f"lora_{self._adapted}_b")

    def _scale(self) -> float:
        return self.lora_alpha / self.lora_rank  # type: ignore[operator]

    def _merged(self) -> Any:
        """The weight with what is added to it."""
        weight = self.__dict__["_" + self._adapted]
        a, b = self._matrices()
        added = linalg.matmul(a, b) * self._scale()
        dtype = self.compute_dtype or weight.dtype  # type: ignore[attr-defined]
        return casting.cast(casting.cast(weight, added.dtype) + added, dtype)

    @property
    def weights(self) -> list[Any]:
        """All variables: in the order in which they were made, where one of them was frozen afterwards."""
        return self._own_variables() if self.lora_enabled else super().weights  # type: ignore[misc,attr-defined]

    def save_own_variables(self, store: Any) -> None:
        """Put the weight, with what is added to it, and the layer's other weights into `store`."""
        if not self.lora_enabled:
            super().save_own_variables(store)  # type: ignore[misc]
            return
        for index, variable in enumerate(self._kept()):
            whole = variable is self.__dict__["_" + self._adapted]
            store[str(index)] = casting.cast(self._merged(), variable.dtype).numpy() if whole else variable.numpy()

    def load_own_variables(self, store: Any) -> None:
        """Set the weights from what `save_own_variables` stored; the product begins at zero again."""
        if not self.lora_enabled:
            super().load_own_variables(store)  # type: ignore[misc]
            return
        super().load_own_variables(store)  # type: ignore[misc]
        for matrix in self._matrices():
            matrix.assign(0.0 * matrix)

    def _has_own_way(self, method: str) -> bool:
        """Whether files get something else from `method` than the variables as they are."""
        return self.lora_enabled or getattr(type(self), method) is not getattr(LowRankAdapted, method)

    def _kept(self) -> list[Any]:
        """The weights that files have."""
        added = {id(matrix) for matrix in self._matrices()}
        return [variable for variable in self._own_variables() if id(variable) not in added]  # type: ignore[attr-defined]

    def _saved_variables(self) -> list[Any]:
        return self._kept() if self.lora_enabled else super()._saved_variables()  # type: ignore[misc]

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs."""
        own = {name: getattr(self, name) for name in _NAMES} if self.lora_rank else {}
        return {**super().get_config(), **own}  # type: ignore[misc]
