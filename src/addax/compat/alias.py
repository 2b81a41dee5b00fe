"""The alias: ``import tensorflow``, ``import tf_keras`` and ``import keras`` give Addax.

A finder at the head of ``sys.meta_path`` answers for these names and what is below them with Addax's
own module objects, so that ``tensorflow.keras.layers is addax.keras.layers``. Nothing of an installed
TensorFlow is read, and without the alias nothing changes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from addax.core.names import missing_text

# Where a dotted name starts in Addax; the longest entry that fits decides.
ROOTS: Mapping[str, str] = {
    "tensorflow": "addax",
    "tensorflow.compat.v1": "addax.compat.v1",
    "tensorflow.compat.v2": "addax",
    "tensorflow.python.keras": "addax.keras",
    "tensorflow.python.util.deprecation": "addax.compat.deprecation",
    "keras": "addax.keras",
    "keras.api": "addax.keras",
    "keras.api._v2.keras": "addax.keras",
    "keras.src": "addax.keras",
    "tf_keras": "addax.keras",
    "tf_keras.api": "addax.keras",
    "tf_keras.api._v2.keras": "addax.keras",
    "tf_keras.src": "addax.keras",
}


class AliasLoader(Loader):
    """Hands over a module that exists already."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.own_spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module of Addax itself."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Give the module back its own spec, which the import system has just replaced."""
        module.__spec__ = self.own_spec


class AliasFinder(MetaPathFinder):
    """Finds modules of Addax under other names.

    Args:
        roots: alias (dotted name) -> name of the module it stands for.
    """

    def __init__(self, roots: Mapping[str, str] = ROOTS) -> None:
        self.roots = dict(roots)
        self.tops = {alias.partition(".")[0] for alias in roots}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of an aliased name; None for any other name.

        Raises:
            ModuleNotFoundError: the name is below an alias and Addax has no such module.
        """
        if fullname.partition(".")[0] not in self.tops:
            return None
        module = self._between(fullname) or self._resolve(fullname)
        # A package always: Python asks no finder for what is below a plain module. (A module that is none
        # gets an empty `__path__` by this, and changes in nothing else.)
        return ModuleSpec(fullname, AliasLoader(module), is_package=True)

    def _between(self, fullname: str) -> ModuleType | None:
        """An empty module for a name that only leads to an alias, such as ``tensorflow.python``."""
        leads_on = any(alias.startswith(fullname + ".") for alias in self.roots)
        if not leads_on or fullname in self.roots or self._exists(fullname):
            return None
        module = ModuleType(fullname, f"Leads to what Addax has below {fullname}.")
        module.__path__ = []
        return module

    def _exists(self, fullname: str) -> bool:
        try:
            self._resolve(fullname)
        except ModuleNotFoundError:
            return False
        return True

    def _resolve(self, fullname: str) -> ModuleType:
        alias = max((a for a in self.roots if fullname == a or fullname.startswith(a + ".")), key=len)
        module = importlib.import_module(self.roots[alias])
        known = alias
        for name in fullname[len(alias) + 1 :].split("."):
            if name:
                module = self._step(module, name, known, fullname)
                known = f"{known}.{name}"
        return module

    def _step(self, module: ModuleType, name: str, known: str, fullname: str) -> ModuleType:
        """The module called `name` in `module`: an attribute, or else a submodule not imported yet."""
        ours = {target.partition(".")[0] for target in self.roots.values()} | self.tops
        own_name = f"{module.__name__}.{name}"
        found = vars(module).get(name)
        if isinstance(found, ModuleType) and found.__name__.partition(".")[0] in ours:
            return found
        behind = vars(module).get("STANDS_BEFORE")  # compat.v1 is older names before Addax's modules
        if found is None and behind is not None:
            return self._step(behind, name, known, fullname)
        if found is None and own_name != fullname and not name.startswith("_") and hasattr(module, "__path__"):
            try:
                return importlib.import_module(own_name)
            except ModuleNotFoundError as error:
                if error.name != own_name:
                    raise
        if found is None or isinstance(found, ModuleType):
            hint = missing_text(
                name, {key: value for key, value in vars(module).items() if isinstance(value, ModuleType)}
            )
        else:
            hint = f"It is a {type(found).__name__}, not a module; write `from {known} import {name}`."
        raise ModuleNotFoundError(
            f"No module named '{fullname}' ('{known}' is {module.__name__}). {hint}", name=fullname
        )


def _foreign(roots: Mapping[str, str]) -> Iterator[tuple[str, ModuleType]]:
    """Modules already imported under an alias's name that are not Addax's."""
    for alias in sorted({name.partition(".")[0] for name in roots}):
        module = sys.modules.get(alias)
        if module is not None and module is not sys.modules.get(roots[alias]):
            yield alias, module


def _installed() -> AliasFinder | None:
    return next((finder for finder in sys.meta_path if isinstance(finder, AliasFinder)), None)


def install_alias() -> None:
    """Make ``tensorflow``, ``tf_keras``, ``keras`` and all below them mean Addax in this process.

    A second call changes nothing. An installed TensorFlow is left alone, and hidden from this process
    until `uninstall_alias`.

    Raises:
        RuntimeError: a real ``tensorflow``, ``keras`` or ``tf_keras`` was imported before.

    Example:

    >>> import addax
    >>> addax.install_alias()
    >>> import tensorflow as tf
    >>> from tensorflow.keras.layers import Dense
    >>> tf is addax and Dense is addax.keras.layers.Dense
    True
    >>> from addax.compat.alias import uninstall_alias
    >>> uninstall_alias()
    """
    if _installed():
        return
    for alias, module in _foreign(ROOTS):
        version = getattr(module, "__version__", "of unknown version")
        where = getattr(module, "__file__", None) or "an unknown place"
        raise RuntimeError(
            f"install_alias(): `{alias}` {version} from {where} is already imported in this process, so its name "
            f"cannot mean Addax as well. Call addax.install_alias() before anything imports {alias}, "
            "or start the program with `addax run SCRIPT`."
        )
    sys.meta_path.insert(0, AliasFinder())


def uninstall_alias() -> None:
    """Take the alias off again: its names are forgotten, and mean what is installed, if anything."""
    finder = _installed()
    if finder is None:
        return
    sys.meta_path.remove(finder)
    for name in [name for name in sys.modules if name.partition(".")[0] in finder.tops]:
        del sys.modules[name]
