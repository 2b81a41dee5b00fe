"""The command ``addax``: runs programs written for TensorFlow, unmodified."""

from __future__ import annotations

import builtins
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType, TracebackType
from typing import NoReturn

from addax._version import __version__
from addax.compat.alias import install_alias

USAGE = """\
usage: addax run SCRIPT [ARGS ...]       run a Python file; `import tensorflow` means Addax in it
       addax run -m MODULE [ARGS ...]    the same for a module
       addax --version
       addax --help
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command ``addax``.

    Args:
        arguments: what follows the command's name; ``sys.argv[1:]`` by default.

    Raises:
        SystemExit: with the program's own status, or 2 when the command could not be understood or
            the file is missing. What else the program raises goes through.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words.pop(0) if words else ""
    if command in ("--version", "-V"):
        print(f"addax {__version__}")
    elif command in ("--help", "-h", "help"):
        print(USAGE, end="")
    elif command == "run":
        _run(words)
    else:
        _refuse(f"unknown command {command!r}" if command else "no command", usage=True)


def _refuse(problem: str, usage: bool = False) -> NoReturn:
    print(f"addax: {problem}" + (f"\n{USAGE}" if usage else ""), end="" if usage else "\n", file=sys.stderr)
    raise SystemExit(2)


def _run(words: list[str]) -> None:
    if words[:1] in (["-h"], ["--help"]):
        print(USAGE, end="")
        return
    as_module = words[:1] == ["-m"]
    if as_module:
        words = words[1:]
    if not words or words[0].startswith("-"):
        _refuse(f"run: expected a {'module' if as_module else 'file'}, received {words[:1] or 'nothing'}", usage=True)
    if as_module:
        _prepare(words, os.getcwd())
        code, path, spec = _module_code(words[0])
    else:
        path, spec = _script_path(words[0]), None
        _prepare(words, os.path.dirname(os.path.realpath(path)))
        code = _compile(path)
    if as_module:
        sys.argv[0] = path
    exec(code, _new_main(path, spec).__dict__)


def _prepare(argv: list[str], first_path: str) -> None:
    """What must hold before any line of the program, its syntax errors included."""
    sys.argv = list(argv)
    if not sys.flags.safe_path:  # under -P there is no folder of a program at the head of the path
        sys.path[0] = first_path
    _hide_launcher()
    install_alias()


def _script_path(name: str) -> str:
    path = os.path.join(name, "__main__.py") if os.path.isdir(name) else name
    if os.path.isfile(path):
        return os.path.abspath(path)
    if os.path.isdir(name):
        _refuse(f"run: {name!r} is a folder without a __main__.py")
    _refuse(f"run: no such file: {name!r} (looked in {os.getcwd()!r})")


def _compile(path: str) -> CodeType:
    try:
        with open(path, "rb") as stream:
            source = stream.read()
    except OSError as error:
        _refuse(f"run: cannot read {path!r}: {error.strerror}")
    return compile(source, path, "exec", dont_inherit=True)


def _module_code(name: str) -> tuple[CodeType, str, ModuleSpec]:
    """What `python -m name` would run."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise
        spec = None
    if spec is None or spec.origin is None:
        _refuse(f"run: no module named {name!r}, or it cannot be run")
    code = getattr(spec.loader, "get_code", lambda name: None)(spec.name)
    if code is None:
        _refuse(f"run: {name!r} has no Python code")
    return code, spec.origin, spec


def _new_main(path: str, spec: ModuleSpec | None) -> ModuleType:
    """A fresh ``__main__``. It stays: threads, exit handlers and pickle look it up after the last line."""
    module = ModuleType("__main__")
    module.__file__ = path
    module.__spec__ = spec
    module.__package__ = spec.parent if spec else None
    module.__dict__.update(__builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = module
    return module


def _hide_launcher() -> None:
    """Let tracebacks begin in the program."""
    show = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        while traceback is not None and _is_launcher(traceback):
            traceback = traceback.tb_next
        show(kind, error.with_traceback(traceback), traceback)

    sys.excepthook = hook


def _is_launcher(traceback: TracebackType) -> bool:
    frame = traceback.tb_frame
    return frame.f_code.co_filename in (__file__, _command_file) or frame.f_globals.get("__name__") == "runpy"


# The file of the command itself, whose frame is the outermost of all.
_command_file = getattr(sys.modules.get("__main__"), "__file__", None)
