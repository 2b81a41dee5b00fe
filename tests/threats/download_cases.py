"""T: downloads and the unpacking of archives."""

from __future__ import annotations

import errno
import gzip
import hashlib
import http.server
import io
import lzma
import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from typing import Any

from attempts import Attempt, Box, case
from bases import keras
from zip_cases import extract, fetch, zeros_deflated

get_file = keras.utils.get_file
_ = zeros_deflated


def member(name: str, payload: bytes = b"", **settings: Any) -> tuple[tarfile.TarInfo, bytes]:
    """A member of a tar archive."""
    info = tarfile.TarInfo(name)
    info.size = len(payload)
    for key, value in settings.items():
        setattr(info, key, value)
    return info, payload


def tarred(*entries: tuple[tarfile.TarInfo, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for info, payload in entries:
            archive.addfile(info, io.BytesIO(payload))
    return stream.getvalue()


def feed(box: Box, payload: bytes, label: str, *names: str, **options: Any) -> Iterator[Attempt]:
    """A spoiled tar archive to get_file, plain and gzipped, and as the folder of a data set."""
    yield from extract(box, payload, "a.tar", label, *names, **options)
    yield from extract(box, gzip.compress(payload, 1), "a.tar.gz", f"{label}, gzipped", *names, **options)
    source, cache = box.file(payload, "d.tar.gz"), box.path("cache")

    def untar() -> Any:
        return get_file("d", "file://" + source, untar=True, cache_dir=cache)

    settings = {**options, "writes": cache}
    yield Attempt(f"get_file(untar=True) {label}", untar, ("d.tar.gz", *names), **settings)
    home = box.path("home")
    folder = os.path.join(home, "datasets")
    os.makedirs(folder)
    os.link(source, os.path.join(folder, "cifar-10-batches-py.tar.gz"))
    settings = {**options, "writes": home}
    yield Attempt(f"cifar10 {label}", lambda: cifar(home), ("cifar-10-batches-py.tar.gz", *names), **settings)


def cifar(home: str) -> Any:
    """CIFAR-10 from the archive in a cache folder."""
    os.environ.update(ADDAX_DATASETS_TRUST_LOCAL="1", KERAS_HOME=home)
    return keras.datasets.cifar10.load_data()


@case("T1")
def parents(box: Box) -> Iterator[Attempt]:
    for name in ("../escape", "a/../../escape", "./../escape", "a/b/../../../escape", "..", "a\\..\\..\\escape"):
        yield from feed(
            box, tarred(member("good", b"1"), member(name, b"2")), name, "escape" if "escape" in name else ".."
        )


@case("T2")
def absolute(box: Box) -> Iterator[Attempt]:
    for name in (os.path.join(box.outside, "escape"), "//escape", "C:/escape", "C:escape"):
        yield from feed(box, tarred(member(name, b"2")), name[-10:], "escape")


@case("T3")
def through_symlink(box: Box) -> Iterator[Attempt]:
    link = member("link", type=tarfile.SYMTYPE, linkname=box.outside)
    yield from feed(box, tarred(link, member("link/escape", b"2")), "to a folder", "link")
    link = member("good.txt", type=tarfile.SYMTYPE, linkname=box.secret)
    yield from feed(box, tarred(link, member("good.txt", b"2")), "to a file, then written", "good.txt")


@case("T4")
def link_and_up(box: Box) -> Iterator[Attempt]:
    link = member("link", type=tarfile.SYMTYPE, linkname="sub/sub")
    yield from feed(box, tarred(link, member("link/../../escape", b"2")), "link/../../x", "link")
    yield from feed(
        box, tarred(member("sub/sub/x", b"1"), member("sub/sub/../../../escape", b"2")), "without a link", "escape"
    )


@case("T5")
def hard_link_name(box: Box) -> Iterator[Attempt]:
    link = member("../escape", type=tarfile.LNKTYPE, linkname="good")
    yield from feed(box, tarred(member("good", b"1"), link), "name outside", "escape")


@case("T6")
def hard_link_target(box: Box) -> Iterator[Attempt]:
    for target in (box.secret, "../../canary/secret.txt", "/etc/passwd"):
        link = member("inside", type=tarfile.LNKTYPE, linkname=target)
        yield from feed(box, tarred(link), target[-12:], "inside")


@case("T7")
def special(box: Box) -> Iterator[Attempt]:
    for label, kind in (
        ("pipe", tarfile.FIFOTYPE),
        ("device", tarfile.CHRTYPE),
        ("disk", tarfile.BLKTYPE),
        ("unknown", b"Q"),
        ("contiguous", b"V"),
    ):
        yield from feed(box, tarred(member("odd", type=kind, devmajor=1, devminor=5)), label, "odd")
    sparse = b"GNU.sparse.major"
    info, payload = member("odd", b"1")
    info.pax_headers = {
        sparse.decode(): "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.size": str(1 << 50),
        "GNU.sparse.name": "odd",
    }
    yield from feed(box, tarred((info, payload)), "sparse")


@case("T8")
def set_uid(box: Box) -> Iterator[Attempt]:
    payload = tarred(member("tool", b"#!/bin/sh\n", mode=0o6777, uid=0, gid=0))
    source, cache = box.file(payload, "a.tar"), box.path("cache")

    def plain() -> bool:
        fetch(source, cache)
        return os.stat(os.path.join(cache, "datasets", "tool")).st_mode & 0o7111 == 0

    yield Attempt("get_file takes no modes over", plain, loads=True, writes=cache)


@case("T9")
def long_paths(box: Box) -> Iterator[Attempt]:
    step = "d" * 247
    entries = []
    for letter in "abcdefghijklmnop":
        entries.append(member(f"{step}/{letter}", type=tarfile.SYMTYPE, linkname=step))
    entries.append(member("/".join([step] * 16) + "/link", type=tarfile.SYMTYPE, linkname="../" * 16))
    entries.append(member("escape", type=tarfile.LNKTYPE, linkname="escape/../../canary/secret.txt"))
    yield from feed(box, tarred(*entries), "links as long as PATH_MAX")
    yield from feed(box, tarred(member("/".join([step] * 40), b"1")), "a path of 10,000 characters")
    yield from feed(box, tarred(member("n" * 300, b"1")), "a name that no file system takes", "")


def headers(count: int) -> Iterator[bytes]:
    """Headers of empty members 000000, 000001, ..."""
    first = tarfile.TarInfo("000000").tobuf()
    rest, after = first[6:148], first[156:]
    others = sum(rest) + sum(after) + 8 * 32
    for number in range(count):
        name = b"%06d" % number
        yield name + rest + b"%06o\0 " % (others + sum(name)) + after


@case("T10")
def bombs(box: Box) -> Iterator[Attempt]:
    info = tarfile.TarInfo("big")
    info.size = 1 << 30
    packer = gzip.compress(bytes(1 << 24))
    payload = gzip.compress(info.tobuf()) + packer * 64
    for name in ("a.tar.gz",):
        yield from extract(box, payload, name, "1 GiB of zeros", seconds=12)
    block = b"".join(headers(120_000))
    from addax.formats.tar import read_tar

    path = box.file(gzip.compress(block, 1), "a.tar.gz")
    yield Attempt("120,000 members", lambda: [name for name, _ in read_tar(path)], ("a.tar.gz",), seconds=20)
    yield from extract(box, tarred(*[member("same", b"1")] * 2), "a.tar", "a name twice", "same")
    whole = bytearray(tarred(member("big", b"x" * 100)))
    whole[124:136] = b"77777777777\0"
    head = bytes(whole[:148]) + b" " * 8 + bytes(whole[156:512])
    whole[148:156] = b"%06o\0 " % sum(head)
    yield from extract(box, bytes(whole), "a.tar", "a size beyond the end", "big")


@case("T11")
def truncated(box: Box) -> Iterator[Attempt]:
    payload = tarred(member("a", os.urandom(3000)), member("b", os.urandom(3000)))
    for name, pack in (("a.tar.gz", gzip.compress), ("a.tar.xz", lzma.compress)):
        whole = pack(payload)
        for percent in (30, 60, 90, 99):
            yield from extract(box, whole[: len(whole) * percent // 100], name, f"{name} {percent} %")
        yield from extract(box, whole[:2000] + bytes(20) + whole[2020:], name, f"{name} damaged")
    yield from extract(box, payload[:2000], "a.tar", "plain")


# ---------------------------------------------------------------------------- downloads


class Answers(http.server.BaseHTTPRequestHandler):
    """Serves what the case says."""

    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    def log_message(self, *_: Any) -> None:
        pass


def served(answer: Callable[[Any], None], use: Callable[[str], Any], most: int | None = None) -> Callable[[], Any]:
    """`use(url)` while a server answers; it must not be asked more often than `most`."""

    def run() -> Any:
        from addax.keras import network

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
            server.answer, server.asked, server.daemon_threads = answer, 0, True  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            pause, network.time.sleep = network.time.sleep, lambda _: None  # type: ignore[method-assign]
            waits, network.TIMEOUT = network.TIMEOUT, 0.3
            try:
                return use(f"http://127.0.0.1:{server.server_port}/data.bin")
            finally:
                network.time.sleep, network.TIMEOUT = pause, waits  # type: ignore[method-assign]
                server.shutdown()
                assert most is None or server.asked <= most, server.asked  # type: ignore[attr-defined]

    return run


def body(status: int, payload: bytes, **headers: str) -> Callable[[Any], None]:
    """An answer of these bytes."""

    def answer(handler: Any) -> None:
        handler.send_response(status)
        for name, value in {
            "Content-Length": str(len(payload)),
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(payload)

    return answer


def cached(box: Box, payload: bytes = b"the good file") -> tuple[str, str]:
    """A cache folder that holds a file, and the file's path."""
    cache = box.path("cache")
    path = os.path.join(cache, "datasets", "data.bin")
    os.makedirs(os.path.dirname(path))
    with open(path, "wb") as out:
        out.write(payload)
    return cache, path


def keeps(path: str, run: Callable[[], Any], payload: bytes = b"the good file") -> Callable[[], Any]:
    """The run, whose failure must leave the file as it was and nothing beside it."""

    def checked() -> Any:
        try:
            return run()
        finally:
            with open(path, "rb") as file:
                assert file.read() == payload
            assert os.listdir(os.path.dirname(path)) == ["data.bin"], os.listdir(os.path.dirname(path))

    return checked


def download(cache: str, **options: Any) -> Callable[[str], Any]:
    """get_file into a cache."""
    return lambda url: get_file("data.bin", url, cache_dir=cache, **options)


@case("T12")
def wrong_hash(box: Box) -> Iterator[Attempt]:
    for digest in ("0" * 64, "0" * 32, "no hash"):
        cache, path = cached(box)
        run = served(body(200, b"something else"), download(cache, file_hash=digest))
        yield Attempt(f"the good file stays, {len(digest)}", keeps(path, run), ("data.bin",), writes=cache, serves=True)
        empty = box.path("cache")
        run = served(body(200, b"something else"), download(empty, file_hash=digest))
        yield Attempt(
            f"nothing is kept, {len(digest)}", nothing_in(empty, run), ("data.bin",), writes=empty, serves=True
        )


def nothing_in(cache: str, run: Callable[[], Any]) -> Callable[[], Any]:
    """The run, whose failure must leave the cache empty."""

    def checked() -> Any:
        try:
            return run()
        finally:
            folder = os.path.join(cache, "datasets")
            assert not os.path.isdir(folder) or os.listdir(folder) == [], os.listdir(folder)

    return checked


@case("T13")
def short_body(box: Box) -> Iterator[Attempt]:
    cache = box.path("cache")
    run = served(body(200, b"half", Content_Length="100"), download(cache), most=3)
    yield Attempt("less than announced", nothing_in(cache, run), ("data.bin",), writes=cache, serves=True)
    cache = box.path("cache")
    run = served(body(200, b"twice as much", Content_Length="-5"), download(cache, file_hash="0" * 64), most=3)
    yield Attempt("a negative length", nothing_in(cache, run), ("data.bin",), writes=cache, serves=True)


@case("T14")
def redirects(box: Box) -> Iterator[Attempt]:
    for target in (f"file://{box.secret}", "ftp://127.0.0.1/x", "data:text/plain,x", "javascript:1", "//"):
        cache = box.path("cache")
        run = served(body(302, b"", Location=target), download(cache), most=12)
        yield Attempt(f"to {target[:10]}", nothing_in(cache, run), ("data.bin",), writes=cache, serves=True)
    for scheme in (
        "gopher://x/data.bin",
        "data:text/plain,x",
        "javascript:x/data.bin",
        "/etc/passwd",
        "s3://x/data.bin",
    ):
        cache = box.path("cache")
        yield Attempt(
            f"origin {scheme[:12]}",
            nothing_in(cache, lambda s=scheme, c=cache: get_file("data.bin", s, cache_dir=c)),
            writes=cache,
        )


@case("T15")
def origins(box: Box) -> Iterator[Attempt]:
    for end in ("..", ".", "", "%2e%2e", "%2E.", "a%5c..%5cb", "a\\b", "%2e%2e%2f", "x%00y", "a/%2e%2e"):
        cache = box.path("cache")
        source = f"file://{box.folder}/{end}"
        yield Attempt(
            f"an origin that ends in {end!r}", lambda s=source, c=cache: get_file(origin=s, cache_dir=c), writes=cache
        )


@case("T16")
def planted_link(box: Box) -> Iterator[Attempt]:
    cache = box.path("cache")
    os.makedirs(os.path.join(cache, "datasets"))
    os.symlink(os.path.join(box.outside, "new"), os.path.join(cache, "datasets", "data.bin"))
    run = served(body(200, b"text"), download(cache))
    yield Attempt(
        "a link at the file's place is replaced, not followed",
        lambda: not os.path.islink(run()),
        loads=True,
        writes=cache,
        serves=True,
    )
    cache = box.path("cache")
    os.makedirs(os.path.join(cache, "datasets"))
    os.symlink(box.outside, os.path.join(cache, "datasets", "sub"))
    source = box.file(tarred(member("sub/escape", b"1")), "a.tar")
    yield Attempt(
        "a link in the folder that is unpacked into", lambda: fetch(source, cache), ("a.tar", "sub"), writes=cache
    )


@case("T17")
def shared_fallback(box: Box) -> Iterator[Attempt]:
    import tempfile

    from addax.keras import files

    def run() -> Any:
        blocked = box.file(b"", "blocked")
        kept, tempfile.tempdir = tempfile.tempdir, box.path("tmp")
        os.makedirs(tempfile.tempdir)
        os.symlink(box.outside, os.path.join(tempfile.tempdir, f"keras-{os.getuid()}"))
        try:
            return files._writable_folder(os.path.join(blocked, "cache"))
        finally:
            tempfile.tempdir = kept

    yield Attempt("another's link in the temporary folder", run, ("keras-",), writes=box.folder)


@case("T18")
def killed(box: Box) -> Iterator[Attempt]:
    """A download that ends in the middle, however it does, leaves nothing under the file's name."""

    class Killed(BaseException):
        pass

    for error in (Killed(), KeyboardInterrupt(), SystemExit(1)):
        cache = box.path("cache")

        def answer(handler: Any) -> None:
            body(200, b"x" * 200_000)(handler)

        def run(url: str, error: BaseException = error, cache: str = cache) -> bool:
            from addax.keras import network

            kept, network._ProgressBar.update = network._ProgressBar.update, lambda *_: (_ for _ in ()).throw(error)
            try:
                download(cache)(url)
            except BaseException as caught:
                assert caught is error, caught
            finally:
                network._ProgressBar.update = kept
            return os.listdir(os.path.join(cache, "datasets")) == []

        yield Attempt(f"{type(error).__name__}", served(answer, run), loads=True, writes=cache, serves=True)


@case("T19")
def two_at_once(box: Box) -> Iterator[Attempt]:
    cache = box.path("cache")
    payload = os.urandom(300_000)

    def together(url: str) -> bool:
        found: list[Any] = []
        threads = [threading.Thread(target=lambda: found.append(download(cache)(url))) for _ in range(6)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        with open(os.path.join(cache, "datasets", "data.bin"), "rb") as file:
            return (
                len(found) == 6
                and file.read() == payload
                and os.listdir(os.path.join(cache, "datasets")) == ["data.bin"]
            )

    yield Attempt(
        "six downloads of one file", served(body(200, payload), together), loads=True, writes=cache, serves=True
    )


@case("T20")
def disk_full(box: Box) -> Iterator[Attempt]:
    import sandbox

    cache, path = cached(box)
    big = b"x" * (sandbox.FILE_BYTES + (4 << 20))

    def answer(handler: Any) -> None:
        body(200, big)(handler)

    run = served(answer, download(cache, file_hash="0" * 64), most=3)
    yield Attempt(
        "no more room while it comes", keeps(path, run), ("data.bin",), writes=cache, serves=True, seconds=20, peak=500
    )
    _ = errno


@case("T21")
def failing(box: Box) -> Iterator[Attempt]:
    for status in (500, 503, 404, 403):
        cache = box.path("cache")
        run = served(body(status, b"no"), download(cache), most=3 if status >= 500 else 1)
        yield Attempt(f"status {status}", nothing_in(cache, run), ("data.bin", str(status)), writes=cache, serves=True)
    cache = box.path("cache")
    run = served(lambda handler: threading.Event().wait(1.0) and None, download(cache), most=3)
    yield Attempt("no answer", nothing_in(cache, run), ("data.bin", "3 times"), writes=cache, serves=True)
    cache = box.path("cache")

    def drip(url: str) -> Any:
        """A line that is held with a byte now and then; two minutes pass at each look at the clock."""
        from addax.keras import network

        clock, kept = iter(range(0, 1 << 30, 121)), network.time.monotonic
        network.time.monotonic = lambda: float(next(clock))  # type: ignore[method-assign]
        try:
            return download(cache)(url)
        finally:
            network.time.monotonic = kept  # type: ignore[method-assign]

    run = served(body(200, b"x" * 5000, Content_Length="10000000"), drip, most=3)
    yield Attempt("a byte now and then", nothing_in(cache, run), ("data.bin",), writes=cache, serves=True)


@case("T22")
def corrupt_cache(box: Box) -> Iterator[Attempt]:
    good = b"what it should be"
    cache, path = cached(box, b"spoiled")
    digest = hashlib.sha256(good).hexdigest()

    def again(url: str) -> bool:
        download(cache, file_hash=digest)(url)
        with open(path, "rb") as file:
            return file.read() == good

    yield Attempt("is downloaded again", served(body(200, good), again), loads=True, writes=cache, serves=True)
