"""Assertions on containers, strings and commands that `tf.test.TestCase` has beside unittest's."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import subprocess
import tempfile
import types
import unittest
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any


class ContainerAssertions(unittest.TestCase):
    """Assertions that need no tensors; the names are those of `absl.testing`."""

    def _no(self, msg: Any, text: str) -> Any:
        raise self.failureException(self._formatMessage(msg, text))

    # ------------------------------------------------------------------ sizes and members

    def assertEmpty(self, container: Any, msg: Any = None) -> None:  # noqa: N802
        """A container has nothing in it."""
        if len(container):
            self._no(msg, f"{container!r} has length of {len(container)}.")

    def assertNotEmpty(self, container: Any, msg: Any = None) -> None:  # noqa: N802
        """A container has something in it."""
        if not len(container):
            self._no(msg, f"{container!r} has length of 0.")

    def assertLen(self, container: Any, expected_len: int, msg: Any = None) -> None:  # noqa: N802
        """A container has `expected_len` members."""
        if len(container) != expected_len:
            self._no(msg, f"{container!r} has length of {len(container)}, expected {expected_len}.")

    def assertBetween(self, value: Any, minv: Any, maxv: Any, msg: Any = None) -> None:  # noqa: N802
        """`minv <= value <= maxv`."""
        if not minv <= value <= maxv:
            self._no(msg, f'"{value}" unexpectedly not between "{minv}" and "{maxv}"')

    def assertItemsEqual(self, first: Iterable[Any], second: Iterable[Any], msg: Any = None) -> None:  # noqa: N802
        """The same members as often, in any order."""
        self.assertCountEqual(first, second, msg)

    def assertSameElements(self, expected_seq: Any, actual_seq: Any, msg: Any = None) -> None:  # noqa: N802
        """The same members, however often and in any order."""
        expected, actual = list(expected_seq), list(actual_seq)
        missing = [item for item in expected if item not in actual]
        extra = [item for item in actual if item not in expected]
        if missing or extra:
            self._no(msg, f"Expected, but missing: {missing!r}. Unexpected, but present: {extra!r}.")

    def assertNoCommonElements(self, expected_seq: Any, actual_seq: Any, msg: Any = None) -> None:  # noqa: N802
        """No member of one is one of the other."""
        common = [item for item in expected_seq if item in list(actual_seq)]
        if common:
            self._no(msg, f"Common elements {common!r}; expected: {expected_seq!r}, actual: {actual_seq!r}.")

    def assertContainsSubset(self, expected_subset: Any, actual_set: Any, msg: Any = None) -> None:  # noqa: N802
        """All of `expected_subset` is in `actual_set`."""
        missing = set(expected_subset) - set(actual_set)
        if missing:
            self._no(msg, f"Missing elements {missing}; expected: {expected_subset!r}, actual: {actual_set!r}.")

    def assertContainsInOrder(self, strings: Sequence[str], target: str, msg: Any = None) -> None:  # noqa: N802
        """Strings are found in `target` one after another."""
        at, before = 0, None
        for each in [strings] if isinstance(strings, str) else strings:
            found = target.find(each, at)
            if found < 0:
                where = f" after {before!r}" if before is not None else ""
                self._no(msg, f"Did not find {each!r}{where} in {target!r}")
            at, before = found + len(each), each

    def assertContainsSubsequence(self, container: Any, subsequence: Any, msg: Any = None) -> None:  # noqa: N802
        """The members of one are members of the other in the same order, perhaps with others between."""
        rest = iter(container)
        missing = [item for item in subsequence if not any(item == each for each in rest)]
        if missing:
            self._no(msg, f"{subsequence!r} not a subsequence of {container!r}. First non-matching: {missing[0]!r}")

    def assertContainsExactSubsequence(self, container: Any, subsequence: Any, msg: Any = None) -> None:  # noqa: N802
        """The members of one are members of the other, next to each other."""
        whole, part = list(container), list(subsequence)
        if not any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1)):
            self._no(msg, f"{subsequence!r} not an exact subsequence of {container!r}.")

    def assertSequenceStartsWith(self, prefix: Any, whole: Any, msg: Any = None) -> None:  # noqa: N802
        """A sequence begins with another."""
        prefix = [prefix] if not isinstance(prefix, Sequence) else prefix
        if list(whole[: len(prefix)]) != list(prefix):
            self._no(msg, f"prefix: {prefix!r} not found at start of whole: {whole!r}.")

    def assertSequenceAlmostEqual(  # noqa: N802
        self, expected_seq: Any, actual_seq: Any, places: int | None = None, msg: Any = None, delta: float | None = None
    ) -> None:
        """Numbers agree one by one, as in `assertAlmostEqual`."""
        self.assertLen(actual_seq, len(expected_seq), msg)
        for expected, actual in zip(expected_seq, actual_seq, strict=True):
            self.assertAlmostEqual(expected, actual, places, msg, delta)

    def assertDictAlmostEqual(  # noqa: N802
        self, a: Any, b: Any, places: int | None = None, msg: Any = None, delta: float | None = None
    ) -> None:
        """Two dicts have the same keys and numbers that agree."""
        self.assertSameElements(a.keys(), b.keys(), msg)
        for key, value in a.items():
            self.assertAlmostEqual(value, b[key], places, msg, delta)

    def assertTotallyOrdered(self, *groups: Any, **kwargs: Any) -> None:  # noqa: N802
        """Members of one group are equal, and less than those of the groups after it."""
        msg = kwargs.pop("msg", None)
        if kwargs:
            raise TypeError(f"assertTotallyOrdered() got unexpected keyword arguments {sorted(kwargs)}")
        for (i, one), (j, other) in itertools.product(enumerate(groups), repeat=2):
            for a, b in itertools.product(one, other):
                if (a == b) != (i == j) or (a < b) != (i < j) or (a <= b) != (i <= j):
                    self._no(msg, f"{a!r} (group {i}) and {b!r} (group {j}) are not in order")

    # ------------------------------------------------------------------ structures

    def assertMappingEqual(  # noqa: N802
        self,
        a: Any,
        b: Any,
        msg: Any = None,
        mapping_type: type = Mapping,
        check_values_equality: Callable[[Any, Any], bool] = lambda x, y: x == y,
    ) -> None:
        """Two mappings have the same keys and equal values."""
        self.assertIsInstance(a, mapping_type, msg)
        self.assertIsInstance(b, mapping_type, msg)
        self.assertSameElements(a.keys(), b.keys(), msg)
        for key in a:
            if not check_values_equality(a[key], b[key]):
                self._no(msg, f"key {key!r}: {a[key]!r} != {b[key]!r}")

    def assertSameStructure(self, a: Any, b: Any, aname: str = "a", bname: str = "b", msg: Any = None) -> None:  # noqa: N802
        """Two nests of dicts and lists are equal; the message says where they are not."""
        problems = _differences(a, b, aname, bname)
        if problems:
            self._no(msg, "; ".join(problems))

    def assertDataclassEqual(self, first: Any, second: Any, msg: Any = None) -> None:  # noqa: N802
        """Two dataclass objects are of one class and equal."""
        self.assertIs(type(first), type(second), msg)
        self.assertSameStructure(vars(first), vars(second), msg=msg)
        self.assertEqual(first, second, msg)

    def assertJsonEqual(self, first: str, second: str, msg: Any = None) -> None:  # noqa: N802
        """Two JSON texts say the same."""
        self.assertSameStructure(json.loads(first), json.loads(second), "first", "second", msg)

    def assertUrlEqual(self, a: str, b: str, msg: Any = None) -> None:  # noqa: N802
        """Two URLs are the same but for the order of their parameters."""
        from urllib.parse import parse_qs, urlparse

        one, other = urlparse(a), urlparse(b)
        self.assertEqual(one[:4] + one[5:], other[:4] + other[5:], msg)
        self.assertEqual(parse_qs(one.query, True), parse_qs(other.query, True), msg)

    def assertIsSubclass(self, cls: type, superclass: type, msg: Any = None) -> None:  # noqa: N802
        """A class is a subclass of another."""
        if not issubclass(cls, superclass):
            self._no(msg, f"{cls!r} is not a subclass of {superclass!r}")

    def assertNotIsSubclass(self, cls: type, superclass: type, msg: Any = None) -> None:  # noqa: N802
        """A class is not a subclass of another."""
        if issubclass(cls, superclass):
            self._no(msg, f"{cls!r} is a subclass of {superclass!r}")

    # ------------------------------------------------------------------ strings

    def assertStartsWith(self, actual: Any, expected_start: Any, msg: Any = None) -> None:  # noqa: N802
        """A string begins with another."""
        if not actual.startswith(expected_start):
            self._no(msg, f"{actual!r} does not start with {expected_start!r}")

    def assertNotStartsWith(self, actual: Any, unexpected_start: Any, msg: Any = None) -> None:  # noqa: N802
        """A string does not begin with another."""
        if actual.startswith(unexpected_start):
            self._no(msg, f"{actual!r} does start with {unexpected_start!r}")

    def assertEndsWith(self, actual: Any, expected_end: Any, msg: Any = None) -> None:  # noqa: N802
        """A string ends with another."""
        if not actual.endswith(expected_end):
            self._no(msg, f"{actual!r} does not end with {expected_end!r}")

    def assertNotEndsWith(self, actual: Any, unexpected_end: Any, msg: Any = None) -> None:  # noqa: N802
        """A string does not end with another."""
        if actual.endswith(unexpected_end):
            self._no(msg, f"{actual!r} does end with {unexpected_end!r}")

    def assertRegexMatch(self, actual_str: Any, regexes: Any, message: Any = None) -> None:  # noqa: N802
        """One of several regular expressions is found in a string."""
        if isinstance(regexes, str | bytes):
            self._no(message, "regexes is string or bytes; it must be a list: use assertRegex for a single one")
        if not any(re.search(each, actual_str, re.MULTILINE) for each in regexes):
            self._no(message, f"{actual_str!r} matches none of {list(regexes)!r}")

    # ------------------------------------------------------------------ exceptions and commands

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(  # noqa: N802
        self, exception_type: Any, expected_err_re_or_predicate: Any
    ) -> Iterator[None]:
        """A block raises an exception that a predicate (or a regular expression, on its text) accepts."""
        accepts = expected_err_re_or_predicate
        try:
            yield
        except exception_type as error:
            good = accepts(error) if callable(accepts) else re.search(accepts, str(error))
            if not good:
                raise self.failureException(
                    f"Exception of type {type(error)} does not match {accepts!r}: {error}"
                ) from error
        else:
            self._no(None, f"{exception_type} not raised")

    def assertRaisesWithLiteralMatch(  # noqa: N802
        self,
        expected_exception: Any,
        expected_exception_message: str,
        callable_obj: Callable[..., Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """A call or block raises an exception with just this text."""
        block = self.assertRaisesWithPredicateMatch(
            expected_exception, lambda error: str(error) == expected_exception_message
        )
        if callable_obj is None:
            return block
        with block:
            callable_obj(*args, **kwargs)
        return None

    def assertRaisesRegexp(self, expected_exception: Any, expected_regex: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
        """The older name of `assertRaisesRegex`."""
        return self.assertRaisesRegex(expected_exception, expected_regex, *args, **kwargs)

    def assertCommandSucceeds(  # noqa: N802
        self,
        command: Any,
        regexes: Collection[bytes] = (b"",),
        env: Any = None,
        close_fds: bool = True,
        msg: Any = None,
    ) -> None:
        """A command ends with status 0 and prints what one of the regular expressions says."""
        done = self._ran(command, env, close_fds)
        if done.returncode:
            self._no(msg, f"Running command {command!r} failed with error code {done.returncode}: {done.stdout!r}")
        self.assertRegexMatch(done.stdout, _as_bytes(regexes), msg)

    def assertCommandFails(  # noqa: N802
        self, command: Any, regexes: Collection[bytes], env: Any = None, close_fds: bool = True, msg: Any = None
    ) -> None:
        """A command ends with another status and prints what one of the regular expressions says."""
        done = self._ran(command, env, close_fds)
        if not done.returncode:
            self._no(msg, f"The following command succeeded while expected to fail: {command!r}")
        self.assertRegexMatch(done.stdout, _as_bytes(regexes), msg)

    def _ran(self, command: Any, env: Any, close_fds: bool) -> Any:
        return subprocess.run(
            command,
            shell=isinstance(command, str | bytes),
            env=env,
            close_fds=close_fds,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    # ------------------------------------------------------------------ files and records

    def create_tempdir(self, name: str | None = None, cleanup: Any = None) -> Any:
        """A folder of this test, removed after it: `.full_path`, `.create_file(name, content)`."""
        root = tempfile.mkdtemp(prefix=type(self).__name__)
        path = os.path.join(root, name) if name else root
        os.makedirs(path, exist_ok=True)
        self._remove_afterwards(root)
        return _Place(path, self)

    def create_tempfile(
        self,
        file_path: str | None = None,
        content: Any = None,
        mode: str = "w",
        encoding: str = "utf8",
        errors: str = "strict",
        cleanup: Any = None,
    ) -> Any:
        """A file of this test, removed after it: `.full_path`, `.read_text()`, `.write_text(text)`."""
        folder = self.create_tempdir()
        place = _Place(os.path.join(folder.full_path, file_path or "file"), self)
        os.makedirs(os.path.dirname(place.full_path), exist_ok=True)
        binary = "b" in mode or isinstance(content, bytes)
        with open(place.full_path, "wb" if binary else "w", **({} if binary else {"encoding": encoding})) as file:
            file.write(content if content is not None else b"" if binary else "")
        return place

    def _remove_afterwards(self, path: str) -> None:
        import shutil

        self.addCleanup(shutil.rmtree, path, ignore_errors=True)

    def record_property(self, property_name: str, property_value: Any) -> None:
        """Note something about this test; `get_recorded_properties` gives it back."""
        self.__dict__.setdefault("_properties", {})[property_name] = property_value

    def get_recorded_properties(self, subtest: Any = None) -> Any:
        """What `record_property` noted."""
        return types.MappingProxyType(self.__dict__.setdefault("_properties", {}))


class _Place(os.PathLike):
    """A file or folder of a test."""

    def __init__(self, full_path: str, test: ContainerAssertions) -> None:
        self.full_path = full_path
        self._test = test

    def __fspath__(self) -> str:
        return self.full_path

    def create_file(self, file_path: str, content: Any = None, mode: str = "w") -> _Place:
        """A file in this folder."""
        place = _Place(os.path.join(self.full_path, file_path), self._test)
        os.makedirs(os.path.dirname(place.full_path), exist_ok=True)
        place.write_bytes(content) if isinstance(content, bytes) else place.write_text(content or "")
        return place

    def mkdir(self, dir_path: str | None = None) -> _Place:
        """A folder in this folder."""
        path = os.path.join(self.full_path, dir_path or "dir")
        os.makedirs(path, exist_ok=True)
        return _Place(path, self._test)

    def read_text(self, encoding: str = "utf8") -> str:
        """The file's text."""
        with open(self.full_path, encoding=encoding) as file:
            return file.read()

    def read_bytes(self) -> bytes:
        """The file's bytes."""
        with open(self.full_path, "rb") as file:
            return file.read()

    def write_text(self, text: str, encoding: str = "utf8") -> None:
        """Replace the file's text."""
        with open(self.full_path, "w", encoding=encoding) as file:
            file.write(text)

    def write_bytes(self, data: bytes) -> None:
        """Replace the file's bytes."""
        with open(self.full_path, "wb") as file:
            file.write(data)

    def exists(self) -> bool:
        """Whether it is there."""
        return os.path.exists(self.full_path)


def _as_bytes(regexes: Collection[Any]) -> list[bytes]:
    return [each.encode() if isinstance(each, str) else each for each in regexes]


def _differences(a: Any, b: Any, aname: str, bname: str) -> list[str]:
    """Where two nests differ, in words."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        found = [f"{aname} has [{key!r}], which {bname} has not" for key in a if key not in b]
        found += [f"{bname} has [{key!r}], which {aname} has not" for key in b if key not in a]
        for key in a:
            if key in b:
                found += _differences(a[key], b[key], f"{aname}[{key!r}]", f"{bname}[{key!r}]")
        return found
    plain = (str, bytes)
    if isinstance(a, Sequence) and isinstance(b, Sequence) and not isinstance(a, plain) and not isinstance(b, plain):
        if len(a) != len(b):
            return [f"{aname} has length {len(a)}, {bname} has length {len(b)}"]
        return [
            problem
            for i, (x, y) in enumerate(zip(a, b, strict=True))
            for problem in _differences(x, y, f"{aname}[{i}]", f"{bname}[{i}]")
        ]
    return [] if a == b else [f"{aname} is {a!r} but {bname} is {b!r}"]
