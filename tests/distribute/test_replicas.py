"""Several replicas on CPU devices, in a process of its own; numbers are TensorFlow's with as many logical CPUs."""

import json
import pathlib
import subprocess
import sys

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("replicas")  # what the fixture makes is made once


@pytest.fixture(scope="module")
def found():
    script = pathlib.Path(__file__).with_name("replicas.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("how", ["eager", "traced"])
def test_assignments_come_together_as_variables_say(found, how):
    assert found[f"{how} variables"] == {
        "sum AUTO": [[4.0, 4.0], 4.0], "sum ON_READ": [[2.0, 3.0], 5.0], "mean AUTO": [[2.5, 2.5], 2.5],
        "mean ON_READ": [[2.0, 3.0], 2.5], "first AUTO": [[2.0, 2.0], 2.0], "first ON_READ": [[2.0, 3.0], 2.0],
        "none AUTO": [[2.0, 3.0], 2.0],
    }  # fmt: skip


def test_batches_are_divided(found):
    assert found["dataset"] == [[[0, 1], [2, 3]], [[4, 5], [6, 7]], [[8], []]]


def test_values_come_together(found):
    parts = [[[0], [1]], [[0], [1], [2], [3]]]
    joined = [*parts[0], *parts[1]]
    assert found["together"] == [parts, joined, [joined, joined], [3.0, 3.0], 1.0, [pytest.approx(7 / 6)]]


def test_gradients_flow_to_all_replicas(found):
    assert found["slope"] == [[[4.0, 8.0], [8.0, 16.0]]] * 2  # eagerly and traced


def test_errors(found):
    on_read, summed, reduced, nested, own = found["errors"]
    assert on_read.startswith("ValueError: SyncOnReadVariable does not support `assign_add` in cross-replica context")
    refused = "ValueError: A non-DistributedValues value 1.0 cannot be reduced with the given reduce op ReduceOp.SUM."
    assert summed == refused and reduced.startswith("ValueError: A non-DistributedValues value ")
    assert nested.startswith("RuntimeError: `merge_call` called while defining a new graph or a tf.function.")
    assert own == "ZeroDivisionError: division by zero"


# loss by epoch, mae by epoch, evaluate
FITS = {
    "fit": [
        [0.12114164233207703, 0.07462015002965927], [0.25757941603660583, 0.21153797209262848],
        [0.0645877793431282, 0.2002018392086029],
    ],
    "batch norm": [
        [0.25558897852897644, 0.11482155323028564], [0.384954571723938, 0.25502410531044006],
        [0.07498451322317123, 0.19287776947021484],
    ],
    "sync": [
        [0.2873888313770294, 0.09738524258136749], [0.372456818819046, 0.24051232635974884],
        [0.07039090500904083, 0.19664491713047028],
    ],
    "renorm": [
        [0.12206391990184784, 0.07494448125362396], [0.25859975814819336, 0.21009120345115662],
        [0.25477924942970276, 0.3891576826572418],
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FITS)
def test_fit(found, name):
    for value, wanted in zip(found[name], FITS[name], strict=True):
        np.testing.assert_allclose(value, wanted, rtol=2e-6)


def test_training_loop(found):
    losses, mean, (kernel, bias), steps = found["loop"]
    wanted = [0.7093576192855835, 0.6209027171134949, 0.15780982375144958]
    wanted += [0.1244397833943367, 0.2137274593114853, 0.06226269155740738]  # without tf.function
    np.testing.assert_allclose(losses, wanted, rtol=2e-6)
    np.testing.assert_allclose(mean, 0.1573750227689743, rtol=2e-6)
    np.testing.assert_allclose(kernel, [[0.4845545291900635], [0.5022216439247131]], rtol=2e-6)
    np.testing.assert_allclose(bias, [-0.4866373538970947], rtol=2e-6)
    assert steps == 6


def test_saved_models_have_no_replicas(found):
    assert found["saved"] == 0.0


def test_what_one_program_cannot_do(found):
    count, said, asked = found["unusual"]
    assert count == 8 and said == [[2.0, 3.0], [3.0, 5.0]]
    assert asked == [[[1.0, 2.0], [20.0, 40.0]]] * 2


def test_models_over_a_mesh_of_devices(found):
    spread = found["spread"]
    assert spread["tensor"] == [[[11, 2]], 4] and spread["variables"] == [[[[2, 4]], 4]] * 2
    np.testing.assert_allclose(spread["in parts"], spread["whole"], rtol=1e-4)
    assert spread["batches"] == [[[[3, 2]], 2], [[[3, 2]], 1]] and spread["predict"] == [7, 2]
