"""tf.test: a user's test file must run."""

import subprocess
import sys
import textwrap
import unittest

import numpy as np
import pytest

import addax as tf


class Values(tf.test.TestCase):
    def test_equal_and_close(self):
        self.assertAllEqual([1, 2], tf.constant([1, 2]))
        self.assertAllEqual(tf.constant(["a"]), [b"a"])
        self.assertAllEqual([np.nan], [np.nan])
        self.assertAllClose({"a": [1.0, (2.0,)]}, {"a": [tf.constant(1.0), (2.0,)]})
        self.assertNotAllClose([1.0], [2.0])
        self.assertNotAllEqual([1], [2])
        self.assertAllCloseAccordingToType(np.float16([1.0]), np.float16([1.0009]))
        self.assertNear(1.0, 1.05, 0.1)
        self.assertArrayNear([1.0], [1.01], 0.1)
        self.assertNDArrayNear(np.ones(2), np.ones(2) + 1e-3, 0.1)

    def test_unequal(self):
        for name, args in [
            ("assertAllEqual", ([1, 2], tf.constant([1, 3]))),
            ("assertAllEqual", ([1, 2], [[1, 2]])),
            ("assertAllClose", ({"a": [1.0]}, {"a": [1.1]})),
            ("assertAllClose", ({"a": [1.0]}, {"b": [1.0]})),
            ("assertNotAllClose", ([1.0], [1.0])),
            ("assertAllInRange", ([1.0, 2.0], 0.0, 1.5)),
            ("assertAllInRange", ([np.nan], 0.0, 1.5)),
            ("assertAllInSet", ([1, 4], (1, 2))),
            ("assertAllGreater", ([1, 4], 2)),
            ("assertAllLess", ([1, 4], 2)),
            ("assertAllGreaterEqual", ([1, 4], 2)),
            ("assertAllLessEqual", ([1, 4], 2)),
            ("assertShapeEqual", (np.ones(2), tf.ones(3))),
            ("assertDTypeEqual", (tf.constant(1), np.float32)),
            ("assertNear", (1.0, 2.0, 0.1)),
            ("assertLen", ([1], 2)),
            ("assertEmpty", ([1],)),
            ("assertSameElements", ([1], [2])),
            ("assertContainsInOrder", (["b", "a"], "ab")),
            ("assertContainsExactSubsequence", ([1, 2, 3], [1, 3])),
            ("assertJsonEqual", ('{"a": 1}', '{"a": 2}')),
            ("assertRegexMatch", ("abc", ["x", "y"])),
            ("assertCommandFails", ([sys.executable, "-c", ""], [b""])),
            ("assertTotallyOrdered", ([2], [1])),
            ("assertDeviceEqual", ("/cpu:0", "/gpu:0")),
        ]:
            with self.subTest(name), self.assertRaises(AssertionError):
                getattr(self, name)(*args)

    def test_bounds_and_containers(self):
        self.assertAllInRange(tf.constant([0.1, 0.9]), 0.0, 1.0)
        self.assertContainsSubsequence([1, 2, 3], [1, 3])
        self.assertSequenceStartsWith([1], [1, 2])
        self.assertUrlEqual("http://a?x=1&y=2", "http://a?y=2&x=1")
        self.assertBetween(2, 1, 3)
        self.assertTotallyOrdered([1, 1], [2])
        self.assertDeviceEqual("/cpu:0", "/device:CPU:0")
        self.assertProtoEquals("dtype: DT_INT32 tensor_shape { } int_val: 3", tf.make_tensor_proto(3))

    def test_errors(self):
        with self.assertRaisesOpError("bad"):
            raise tf.errors.InvalidArgumentError(None, None, "very bad")
        with self.assertRaisesWithLiteralMatch(ValueError, "just this"):
            raise ValueError("just this")
        with self.assertRaisesIncompatibleShapesError():
            tf.add(tf.ones([2]), tf.ones([3]))

    def test_session_helpers(self):
        with self.cached_session() as session:
            self.assertEqual(session.run(tf.constant(3)), 3)
        self.assertEqual(self.evaluate({"a": tf.Variable(2.0)}), {"a": np.float32(2.0)})
        with self.test_session():
            pass

    def test_files_and_threads(self):
        self.assertEqual(self.create_tempfile("x", content="hi").read_text(), "hi")
        self.assertTrue(self.get_temp_dir())
        thread = self.checkedThread(lambda: 1 / 0)
        thread.start()
        with self.assertRaisesRegex(AssertionError, "division"):
            thread.join()

    def test_seeds_are_set(self):
        self.setUp()
        first = tf.random.uniform([3]).numpy()
        self.setUp()
        self.assertAllEqual(first, tf.random.uniform([3]))


def test_a_test_file_of_a_user(tmp_path):
    file = tmp_path / "user_test.py"
    file.write_text(
        textwrap.dedent("""
        import addax as tf

        class Model(tf.test.TestCase):
            def test_sum(self):
                self.assertAllClose(tf.reduce_sum([1.0, 2.0]), 3.0)

            @tf.test.disable_with_predicate(lambda: True, "not here")
            def test_skipped(self):
                raise ValueError

        class Speed(tf.test.Benchmark):
            def benchmark_add(self):
                self.run_op_benchmark(None, lambda: tf.add(1, 2), min_iters=2, name="add")

        if __name__ == "__main__":
            tf.test.main()
    """)
    )
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Ran 2 tests" in done.stderr and "skipped=1" in done.stderr, done.stderr
    done = subprocess.run([sys.executable, file, "--benchmarks=all"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and '"name": "Speed.add"' in done.stdout, done.stderr


def test_no_test_is_called_session():
    assert "test_session" not in unittest.defaultTestLoader.getTestCaseNames(Values)


def test_compute_gradient():
    exact, measured = tf.test.compute_gradient(lambda x, y: x * y, [np.float32([1, 2]), np.float32([[3, 4], [5, 6]])])
    assert exact[0].tolist() == [[3, 0], [0, 4], [5, 0], [0, 6]]
    for one, other in zip(exact, measured, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-2)
    exact, _ = tf.test.compute_gradient(lambda x: x * x, [np.complex64(2 + 1j)])
    assert exact[0].tolist() == [[4, -2], [2, 4]]
    with pytest.raises(ValueError, match="list or tuple"):
        tf.test.compute_gradient(lambda x: x, tf.constant(1.0))
    with pytest.raises(AssertionError, match="int32"):
        tf.test.compute_gradient(lambda x: x, [1])


def test_the_machine():
    assert tf.test.is_built_with_xla()
    assert tf.test.is_built_with_gpu_support() == (tf.test.is_built_with_cuda() or tf.test.is_built_with_rocm())
    assert bool(tf.test.gpu_device_name()) == tf.test.is_gpu_available()
    tf.test.experimental.sync_devices()


def test_names_of_the_class_can_be_inherited_twice():
    class Below(Values):
        pass

    assert Below.__test__ and not tf.test.TestCase.__test__


if __name__ == "__main__":
    unittest.main()
