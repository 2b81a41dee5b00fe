"""tf.test.TestCase: unittest's, with assertions on tensors."""

from __future__ import annotations

import contextlib
import os
import random as _random
import re
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from addax.core import dtypes, errors, random, trees
from addax.core.tensor import Tensor
from addax.testing.containers import ContainerAssertions

_SEED = 87654321


def _read_out(value: Any) -> Any:
    """Tensors, variables and composites as what NumPy makes of them; everything else as it is."""
    if callable(value) and not hasattr(value, "numpy"):
        value = value()
    if hasattr(value, "__is_tf_composite__") and hasattr(value, "to_list"):
        return value
    if hasattr(value, "numpy"):
        return value.numpy()
    return value


def as_array(value: Any) -> np.ndarray:
    """Anything array-like as a NumPy array; ragged tensors as padded ones are not, so they become lists of rows."""
    if hasattr(value, "to_list") and hasattr(value, "row_splits"):
        return np.array(value.to_list(), dtype=object)
    if hasattr(value, "indices") and hasattr(value, "dense_shape") and value.dense_shape is not None:
        return np.asarray(trees.flatten(value, expand_composites=True)[1])
    if isinstance(value, list | tuple):
        value = [as_array(each) if hasattr(each, "numpy") else each for each in value]
    array = np.asarray(value.numpy() if hasattr(value, "numpy") else value)
    if array.dtype.kind in "US":
        array = array.astype("S").astype(object)
    return array


class _Session:
    """What `self.session()` gives while ops run eagerly: ops have run already, so `run` reads them out."""

    def __init__(self, test: TestCase) -> None:
        self._test = test

    def run(self, fetches: Any, *args: Any, **kwargs: Any) -> Any:
        """The values of tensors; there is nothing to feed.

        Raises:
            RuntimeError: something to feed was given.
        """
        if args or any(kwargs.values()):
            raise RuntimeError("tf.test sessions run nothing: there is nothing to feed while ops run eagerly.")
        return self._test.evaluate(fetches)


class _CheckedThread(threading.Thread):
    """A thread whose exception is raised where it is joined."""

    def __init__(self, test: TestCase, target: Callable[..., Any], args: Any, kwargs: Any) -> None:
        super().__init__(daemon=True)
        self._test, self._todo, self._given = test, target, (args or (), kwargs or {})
        self._error: BaseException | None = None
        self._joined = False

    def run(self) -> None:
        try:
            self._todo(*self._given[0], **self._given[1])
        except BaseException as error:  # whatever it is, the test has to see it
            self._error = error

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end of the thread; fails if it raised."""
        super().join(timeout)
        self._joined = not self.is_alive()
        if self._error is not None:
            self._test.fail(f"Error in checkedThread: {self._error}")

    def is_joined(self) -> bool:
        """Whether it was joined."""
        return self._joined

    check_termination = join


class TestCase(ContainerAssertions):
    """The base of tests: unittest's TestCase with assertions on tensors, arrays and nests of them.

    Random seeds are set before each test, so that tests repeat.

    >>> import addax as tf
    >>> class Sums(tf.test.TestCase):
    ...     def runTest(self):
    ...         self.assertAllClose(tf.constant([1.0, 2.0]) + 1, [2.0, 3.0])
    >>> Sums().run().wasSuccessful()
    True
    """

    __test__ = False  # the base itself is no test; subclasses are

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__test__" not in vars(cls):
            cls.__test__ = True

    def __init__(self, methodName: str = "runTest") -> None:  # noqa: N803
        super().__init__(methodName)
        self._threads: list[_CheckedThread] = []
        self._folder: str | None = None

    def setUp(self) -> None:  # noqa: N802
        """Set the seeds of Python, NumPy and tensors."""
        super().setUp()
        _random.seed(_SEED)
        np.random.seed(_SEED)
        random.set_seed(_SEED)

    def tearDown(self) -> None:  # noqa: N802
        """Check that threads of `checkedThread` were joined, and remove temporary files."""
        for thread in self._threads:
            if not thread.is_joined():
                self.fail("A checkedThread was not joined.")
        self._threads.clear()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        super().tearDown()

    def get_temp_dir(self) -> str:
        """A folder of this test, removed after it."""
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix=type(self).__name__)
        return self._folder

    def checkedThread(self, target: Any, args: Any = None, kwargs: Any = None) -> _CheckedThread:  # noqa: N802
        """A thread whose exceptions fail the test; it has to be joined."""
        thread = _CheckedThread(self, target, args, kwargs)
        self._threads.append(thread)
        return thread

    # ------------------------------------------------------------------ values

    def evaluate(self, tensors: Any) -> Any:
        """The values of a nest of tensors and variables, as NumPy arrays."""
        return trees.map_structure(_read_out, tensors)

    def evaluate_if_both_tensors(self, a: Any, b: Any) -> tuple[Any, Any]:
        """Both as NumPy arrays where both are tensors."""
        return (self.evaluate(a), self.evaluate(b)) if isinstance(a, Tensor) and isinstance(b, Tensor) else (a, b)

    @contextlib.contextmanager
    def session(
        self, graph: Any = None, config: Any = None, use_gpu: bool = True, force_gpu: bool = False
    ) -> Iterator[_Session]:
        """For code from TensorFlow 1: ops run eagerly, and `run` of what this gives reads their values out."""
        if graph is not None:
            raise ValueError(
                "TestCase.session: expected no graph; ops run eagerly, and a tf.function is its own graph."
            )
        yield _Session(self)

    cached_session = session

    def __getattr__(self, name: str) -> Any:
        # Not a method of the class: runners would take a method of this name for a test.
        if name == "test_session":
            return self.session
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

    # ------------------------------------------------------------------ equal and close

    def assertAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:  # noqa: N802
        """Two arrays have the same shape and elements (NaN equals NaN)."""
        a, b = as_array(a), as_array(b)
        self._same_shape(a, b, msg)
        same = a == b
        if a.dtype.kind in "fcV" and b.dtype.kind in "fcV":
            same = same | (np.isnan(a) & np.isnan(b))
        if not np.all(same):
            self._differ("Arrays are not equal", a, b, ~np.asarray(same), msg)

    def assertNotAllEqual(self, a: Any, b: Any, msg: Any = None) -> None:  # noqa: N802
        """Two arrays differ somewhere."""
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self._no(msg, "The two values are equal at all elements.")

    def assertAllClose(  # noqa: N802
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Two nests of arrays agree: |a - b| <= atol + rtol * |b|, element by element."""
        self._close(a, b, rtol, atol, "", msg)

    def _close(self, a: Any, b: Any, rtol: float, atol: float, path: str, msg: Any) -> None:
        a, b = (each._asdict() if hasattr(each, "_asdict") else each for each in (a, b))
        if isinstance(a, Mapping) != isinstance(b, Mapping):
            raise ValueError(f"Can't compare dict to non-dict, a{path} vs b{path}: {a!r:.200} vs {b!r:.200}")
        if isinstance(a, Mapping):
            self.assertItemsEqual(list(a), list(b), msg or f"mismatched keys: a{path} has {set(a)}, b{path} {set(b)}")
            for key in a:
                self._close(a[key], b[key], rtol, atol, f"{path}[{key}]", msg)
            return
        if isinstance(a, list | tuple) and isinstance(b, list | tuple) and not _is_rectangular(a, b):
            self.assertLen(b, len(a), msg)
            for i, (x, y) in enumerate(zip(a, b, strict=True)):
                self._close(x, y, rtol, atol, f"{path}[{i}]", msg)
            return
        self._arrays_close(as_array(a), as_array(b), rtol, atol, path, msg)

    def _arrays_close(self, a: Any, b: Any, rtol: float, atol: float, path: str, msg: Any) -> None:
        self._same_shape(a, b, msg)
        if a.dtype == object:
            self.assertEqual(a.tolist(), b.tolist(), msg)
            return
        a, b = (each.astype(np.float32) if each.dtype.kind == "V" else each for each in (a, b))
        wrong = ~np.isclose(a, b, rtol, atol, equal_nan=True)
        if np.any(wrong):
            where = f"a{path} and b{path}: " if path else ""
            self._differ(f"{where}Not equal to tolerance rtol={rtol}, atol={atol}", a, b, wrong, msg)

    def assertNotAllClose(  # noqa: N802
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: Any = None
    ) -> None:
        """Two nests of arrays differ somewhere by more than the tolerance."""
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        self._no(msg, "The two values are close at all elements.")

    def assertAllCloseAccordingToType(  # noqa: N802
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: Any = None,
    ) -> None:
        """`assertAllClose` with the tolerance of the less precise of the two dtypes."""
        kinds = {str(as_array(each).dtype) for each in (a, b)}
        for names, r, t in (
            (("float32", "complex64"), float_rtol, float_atol),
            (("float16",), half_rtol, half_atol),
            (("bfloat16",), bfloat16_rtol, bfloat16_atol),
        ):
            if kinds & set(names):
                rtol, atol = max(rtol, r), max(atol, t)
        self.assertAllClose(a, b, rtol, atol, msg)

    def _same_shape(self, a: np.ndarray, b: np.ndarray, msg: Any) -> None:
        if a.shape != b.shape:
            contents = f" with contents {b}" if b.size <= 500 else ""
            self._no(msg, f"Shape mismatch: expected {a.shape}, got {b.shape}{contents}.")

    def _differ(self, what: str, a: np.ndarray, b: np.ndarray, wrong: np.ndarray, msg: Any) -> None:
        share = f"Mismatched elements: {int(np.sum(wrong))} / {wrong.size}"
        lhs, rhs = (np.atleast_1d(each)[np.atleast_1d(wrong)] for each in (a, b))
        self._no(
            msg, f"{what}\n{share}\nwhere = {np.argwhere(wrong).tolist()[:20]}\nlhs = {lhs[:20]}\nrhs = {rhs[:20]}"
        )

    def assertNear(self, f1: Any, f2: Any, err: float, msg: Any = None) -> None:  # noqa: N802
        """Two numbers differ by no more than `err`."""
        if not (f1 == f2 or abs(f1 - f2) <= err):
            note = f": {msg}" if msg else ""
            self.fail(f"{f1:f} != {f2:f} +/- {err:f} (difference: {abs(f1 - f2):g}){note}")

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: Any = None) -> None:  # noqa: N802
        """Numbers of two lists differ by no more than `err`."""
        self.assertEqual(len(farray1), len(farray2), msg=msg)
        for one, other in zip(farray1, farray2, strict=True):
            self.assertNear(float(one), float(other), err, msg)

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: Any = None) -> None:  # noqa: N802
        """The Euclidean distance of two arrays is less than `err`."""
        if not np.linalg.norm(as_array(ndarray1) - as_array(ndarray2)) < err:
            self._no(msg, f"arrays differ by more than {err}: {ndarray1} and {ndarray2}")

    # ------------------------------------------------------------------ bounds

    def _none_outside(self, wrong: np.ndarray, target: np.ndarray, text: str) -> None:
        if np.any(wrong):
            where = [f"{tuple(int(i) for i in at)}: {target[tuple(at)]}" for at in np.argwhere(wrong)[:10]]
            self.fail(f"{int(np.sum(wrong))} of the {target.size} element(s) {text}. Offending: {'; '.join(where)}")

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """All elements are greater than a number."""
        array = as_array(a)
        self._none_outside(~(array > comparison_target), array, f"are not greater than {comparison_target}")

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """All elements are less than a number."""
        array = as_array(a)
        self._none_outside(~(array < comparison_target), array, f"are not less than {comparison_target}")

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """No element is less than a number."""
        array = as_array(a)
        self._none_outside(~(array >= comparison_target), array, f"are not >= {comparison_target}")

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:  # noqa: N802
        """No element is greater than a number."""
        array = as_array(a)
        self._none_outside(~(array <= comparison_target), array, f"are not <= {comparison_target}")

    def assertAllInRange(  # noqa: N802
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """All elements are within bounds; an open bound is itself outside."""
        array = as_array(target)
        if array.dtype.kind not in "iufV":
            raise AssertionError(f"The value of {target!r:.100} does not have an ordered numeric type: {array.dtype}.")
        if array.dtype.kind in "fV" and np.any(np.isnan(array)):
            self._none_outside(np.isnan(array), array, "are NaN")
        low = array <= lower_bound if open_lower_bound else array < lower_bound
        high = array >= upper_bound if open_upper_bound else array > upper_bound
        left, right = "(" if open_lower_bound else "[", ")" if open_upper_bound else "]"
        self._none_outside(low | high, array, f"are outside the range {left}{lower_bound}, {upper_bound}{right}")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:  # noqa: N802
        """All elements are members of a set."""
        outside = np.setdiff1d(np.unique(as_array(target)), list(expected_set))
        if outside.size:
            raise AssertionError(f"{outside.size} unique element(s) are not in the set {expected_set}: {outside}")

    # ------------------------------------------------------------------ shapes, dtypes, devices, messages

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: Any = None) -> None:  # noqa: N802
        """Two arrays or tensors have the same shape."""
        for each in (input_a, input_b):
            if not hasattr(each, "shape"):
                raise TypeError(f"assertShapeEqual: expected arrays or tensors, received {each!r:.80}")
        a, b = ([int(size) for size in each.shape] for each in (input_a, input_b))
        self.assertEqual(a, b, msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:  # noqa: N802
        """An array or tensor has a dtype."""
        dtype = target.dtype if hasattr(target, "dtype") else as_array(target).dtype
        if dtypes.as_dtype(dtype) != dtypes.as_dtype(expected_dtype):
            raise AssertionError(f"{dtype!r} != {expected_dtype!r}")

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: Any = None) -> None:  # noqa: N802
        """Two names mean the same device."""
        from addax.core.device_spec import DeviceSpec

        one, other = (DeviceSpec.from_string(str(each)).to_string() for each in (device1, device2))
        self.assertEqual(one, other, msg or f"Devices {device1} and {device2} are not equal. {msg or ''}")

    def assertProtoEquals(  # noqa: N802
        self, expected_message_maybe_ascii: Any, validate_message: Any, msg: Any = None, relative_tolerance: Any = None
    ) -> None:
        """Two protocol buffer messages are equal; the expected one may be given as text.

        `relative_tolerance` allows numbers of the text form to differ by that share.
        """
        expected, received = _normal_text(expected_message_maybe_ascii), _normal_text(validate_message)
        if relative_tolerance is None:
            self.assertMultiLineEqual(expected, received, msg)
            return
        for one, other in zip(expected.split(), received.split(), strict=True):
            if one != other:
                self.assertNear(float(one), float(other), relative_tolerance * abs(float(one)), msg)

    # ------------------------------------------------------------------ exceptions

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:  # noqa: N802
        """A block raises a `tf.errors.OpError` that a regular expression or predicate accepts."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)

    def assertRaisesIncompatibleShapesError(  # noqa: N802
        self, exception_type: Any = errors.InvalidArgumentError
    ) -> Any:
        """A block raises the error for shapes that do not fit each other."""
        pattern = r"(?i)incompatible shapes|broadcastable shapes|broadcast"
        return self.assertRaisesWithPredicateMatch(exception_type, pattern)

    @contextlib.contextmanager
    def captureWritesToStream(self, stream: Any) -> Iterator[Any]:  # noqa: N802
        """What a block writes to a stream (also code that is not Python's); `.contents()` gives it."""
        stream.flush()
        descriptor = stream.fileno()
        with tempfile.TemporaryFile() as kept:
            saved = os.dup(descriptor)
            os.dup2(kept.fileno(), descriptor)
            captured = _Captured(stream, kept)
            try:
                yield captured
            finally:
                stream.flush()
                captured._final = captured.contents()
                os.dup2(saved, descriptor)
                os.close(saved)


class _Captured:
    """What was written to a stream."""

    def __init__(self, stream: Any, kept: Any) -> None:
        self._stream, self._kept = stream, kept
        self._final: str | None = None

    def contents(self) -> str:
        """The text that was written so far."""
        if self._final is not None:
            return self._final
        self._stream.flush()
        size = os.fstat(self._kept.fileno()).st_size
        return os.pread(self._kept.fileno(), size, 0).decode("utf-8", "replace")


def _is_rectangular(a: Any, b: Any) -> bool:
    """Whether two nested lists are arrays of numbers written out."""
    try:
        return all(np.asarray(each).dtype != object for each in (a, b))
    except (ValueError, TypeError):  # rows of unequal length
        return False


def _normal_text(message: Any) -> str:
    """The text form of a message, with spaces and line ends in one way."""
    text = message if isinstance(message, str) else str(message)
    words = re.sub(r"([{}])", r" \1 ", re.sub(r"(\w+)\s*:\s*", r"\1: ", text)).split()
    return "\n".join(words)
