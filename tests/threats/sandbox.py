"""Runs threat cases in this process, under limits and watched; results go to standard output as JSON.

`python sandbox.py FOLDER MODULE,... [CASE...]` runs the cases of modules. An audit hook sees what Python code opens,
writes, imports and starts; limits of the system bound memory, time and the size of files; what stands in the canary
folder is compared.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
import traceback
import warnings
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
MEMORY = 2 << 30  # over what the process has when the first case begins
CPU_SECONDS = 280
FILE_BYTES = 64 << 20
_NETWORK = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "socket.gethostbyname",
    "socket.sendto",
    "urllib.Request",
)
_PROCESS = (
    "subprocess.Popen",
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
)
_CODE = ("pickle.find_class", "marshal.loads", "ctypes.dlopen")
_CHANGES = (
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "os.utime",
    "shutil.rmtree",
    "shutil.move",
    "shutil.copyfile",
)
CANARY_MODULE = "threat_canary"


class Watch:
    """What the audit hook saw during one attempt."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.on = self.code = self.serves = False
        self.seen: list[str] = []
        self.allowed: tuple[str, ...] = ()

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.on:
            return
        local = event == "urllib.Request" and str(arguments[0]).startswith("file:")
        served = (
            self.serves and event in _NETWORK and ("127.0.0.1" in repr(arguments) or "localhost" in repr(arguments))
        )
        if not local and not served and (event in _NETWORK or event in _PROCESS):
            self.seen.append(f"{event} {arguments!r:.150}")
            raise PermissionError(f"the sandbox refuses {event}")
        if event in _CODE and not self.code and not _importing():
            self.seen.append(f"{event} {arguments!r:.100}")
        elif event == "import" and str(arguments[0]).startswith(CANARY_MODULE):
            self.seen.append(f"import of {arguments[0]}")
        elif event == "open":
            self._opened(*arguments)
        elif event in _CHANGES:
            inside = (
                event in ("os.remove", "os.rmdir", "os.mkdir") and isinstance(arguments[-1], int) and arguments[-1] > 0
            )
            both, last = event in ("os.rename", "os.link"), event == "os.symlink"
            for each in arguments[1:2] if last else arguments[: 2 if both else 1]:
                self._written(
                    event, os.path.join(f"/proc/self/fd/{arguments[-1]}", os.fsdecode(each)) if inside else each
                )

    def _opened(self, path: Any, mode: Any, flags: Any) -> None:
        if not isinstance(path, str | bytes):
            return
        if os.path.realpath(os.fsdecode(path)).startswith(os.path.join(self.root, "canary")):
            self.seen.append(f"open of the canary {os.fsdecode(path)}")
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            self._written("open", path)

    def _written(self, event: str, path: Any) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            folder, name = os.path.split(os.path.abspath(os.fsdecode(path)))
            whole = os.path.join(os.path.realpath(folder), name)  # these do not follow a link at the end
            whole = os.path.realpath(whole) if event == "open" else whole
            if not whole.startswith(self.allowed):
                self.seen.append(f"{event} {whole}")


def _importing() -> bool:
    """Whether Python's own import of a module is what runs (byte code of modules is marshalled)."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


class TooSlow(BaseException):
    """An attempt took longer than it may."""


class Clock:
    """Counts the seconds in which this process could run: while it is stopped or waits for its turn, none pass."""

    def __init__(self) -> None:
        self.left = 0.0

    def start(self, seconds: float) -> None:
        self.left = seconds
        signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)

    def tick(self, *_: Any) -> None:
        self.left -= 1.0
        if self.left <= 0:
            raise TooSlow


_clock = Clock()


def _status(key: str) -> int:
    """A number of /proc/self/status, in bytes."""
    with open("/proc/self/status") as lines:
        for line in lines:
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    return 0


def _reset_peak() -> None:
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as out:
        out.write("5")


def _bits(keeps: Any) -> list[bytes]:
    variables = keeps if isinstance(keeps, list) else [*keeps.variables, *_of_optimizer(keeps)]
    return [variable.numpy().tobytes() for variable in variables]


def _of_optimizer(model: Any) -> list[Any]:
    found = getattr(getattr(model, "optimizer", None), "variables", [])
    return list(found() if callable(found) else found)


def _listing(folder: str) -> list[Any]:
    return sorted((name, os.lstat(os.path.join(folder, name)).st_size) for name in os.listdir(folder))


def _typed(error: BaseException) -> bool:
    from addax.core import errors

    return isinstance(
        error, ValueError | TypeError | OSError | NotImplementedError | errors.OpError
    ) and not isinstance(error, UnicodeError | json.JSONDecodeError)


def attempt(one: Any, watch: Watch) -> dict[str, Any]:
    """Run one attempt; a report with `problem` None if it went as it must."""
    root = watch.root
    temporary = tempfile.gettempdir()
    watch.seen, watch.allowed = [], tuple(filter(None, (temporary, one.writes, "/dev/null")))
    watch.code, watch.serves = one.runs_code, one.serves
    before = None if one.keeps is None else _bits(one.keeps)
    canary, threads = _listing(os.path.join(root, "canary")), threading.active_count()
    _reset_peak()
    resident, began, error, result = _status("VmRSS"), time.process_time(), None, None
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    _clock.start(one.seconds * 20)  # what waits for ever ends too; what counts is below
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, hard))
    watch.on = True
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            result = one.run()
    except BaseException as caught:  # whatever comes is judged below
        error = caught
    watch.on = False
    _clock.stop()
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    seconds, peak = time.process_time() - began, (_status("VmHWM") - resident) / 2**20
    problems = list(watch.seen)
    text = "" if error is None else str(error)
    if one.loads:
        if error is not None:
            problems.append(f"must load, but {type(error).__name__}: {text[:300]}")
        elif result is False:
            problems.append("loaded with wrong values")
    elif error is None:
        problems.append(f"was accepted: {result!r:.200}")
    else:
        if not _typed(error):
            where = "".join(traceback.format_exception(error)[-4:])
            problems.append(f"untyped {type(error).__name__}: {text[:200]}\n{where[-1500:]}")
        problems += [f"the message does not name {name!r}: {text[:300]}" for name in one.names if name not in text]
    error = None  # frees what its traceback holds
    if peak > 100:
        gc.collect()
    if seconds > one.seconds:
        problems.append(f"took {seconds:.1f} s")
    if peak > one.peak:
        problems.append(f"took {peak:.0f} MiB")
    if before is not None and _bits(one.keeps) != before:
        problems.append("the model was changed")
    if _listing(os.path.join(root, "canary")) != canary:
        problems.append("something was written outside")
    if left := os.listdir(temporary):
        problems.append(f"left behind: {left}")
    return {
        "name": one.name,
        "problem": "; ".join(problems) or None,
        "seconds": round(seconds, 3),
        "peak": round(peak),
        "error": text[:300],
        "threads": threading.active_count() - threads,
    }


def prepare(root: str) -> Watch:
    """Set the canaries, limits and the hook."""
    for name in ("canary", "cases", "tmp", "cwd"):
        os.makedirs(os.path.join(root, name))
    with open(os.path.join(root, "canary", "secret.txt"), "w") as out:
        out.write("secret\nwords\n")
    modules = os.path.join(root, "modules")
    os.makedirs(modules)
    for name in (CANARY_MODULE, "keras_evil"):
        with open(os.path.join(modules, f"{name}.py"), "w") as out:
            out.write(f"open({os.path.join(root, 'canary', 'imported')!r}, 'w').close()\nclass Gadget: pass\n")
    sys.path.append(modules)
    os.environ["TMPDIR"] = tempfile.tempdir = os.path.join(root, "tmp")
    os.chdir(os.path.join(root, "cwd"))
    signal.signal(signal.SIGALRM, _clock.tick)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    watch = Watch(root)
    sys.addaudithook(watch.hook)
    return watch


def limit() -> None:
    """Bound the memory and the time of this process."""
    size = _status("VmSize") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(root: str, modules: list[str], only: list[str]) -> None:
    root = os.path.realpath(root)
    watch = prepare(root)
    sys.path.insert(0, HERE)
    from attempts import CASES, Box
    from bases import warm_up

    for name in modules:
        importlib.import_module(name)
    warm_up(os.path.join(root, "cases"))
    limit()
    for identifier, make in list(CASES.items()):
        if only and identifier not in only or make.__module__ not in modules:
            continue
        box = Box(root, identifier)
        print(json.dumps({"case": identifier}), flush=True)
        for one in make(box):
            print(json.dumps({"case": identifier, **attempt(one, watch)}), flush=True)
        box.remove()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(","), sys.argv[3:])
