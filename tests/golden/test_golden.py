"""Every golden case: what Addax computes is what TensorFlow 2.21 computed.

Cases listed in pending.txt are skipped; with `--golden-pending` they run instead, and one that passes
fails the test, because it belongs off the list.
"""

import functools
import json
import os
import sys

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = os.path.join(HERE, "cases")
sys.path.insert(0, HERE)

import golden  # noqa: E402
import pending  # noqa: E402
import runner  # noqa: E402


@functools.cache
def load_family(family):
    """The cases of a family by id; read only when one of them runs."""
    return {case["id"]: case for case in golden.load_family(CASES, family)}


def case_ids(family):
    with open(os.path.join(CASES, family + ".json"), encoding="utf-8") as stream:
        return [case["id"] for case in json.load(stream)["cases"]]


def pytest_generate_tests(metafunc):
    """One parameter a case; of the pending ones, one a family unless they are asked for."""
    entries = pending.read()
    run_pending = metafunc.config.getoption("--golden-pending")
    passing, waiting = [], []
    for family in golden.families(CASES):
        here = []
        for case_id in case_ids(family):
            (here if pending.matches(entries, case_id) else passing).append(case_id)
        waiting += [(case_id, [case_id]) for case_id in here] if run_pending else [(family, here)] if here else []
    if metafunc.function is test_case:
        chosen = [] if run_pending else passing
        metafunc.parametrize("case_id", chosen, ids=chosen)
    elif metafunc.function is test_pending:
        metafunc.parametrize("waiting", [cases for _, cases in waiting], ids=[name for name, _ in waiting])


def differences(case_id):
    import addax

    case = load_family(case_id.partition("/")[0])[case_id]
    return runner.compare(case, runner.run_case(case, addax))


@pytest.mark.filterwarnings("default")  # a case may do what TensorFlow warns about
def test_case(case_id):
    assert differences(case_id) == []


# One numeric op of twelve runs inside a tf.function too; `replay.py --in-function` runs all of them.
@pytest.mark.filterwarnings("default")  # what XLA cannot compile runs eagerly, with a warning
@pytest.mark.parametrize("case_id", case_ids("ops")[::12])
def test_in_function(case_id):
    import addax

    case = load_family("ops")[case_id]
    if pending.matches(pending.read(), case_id) or not case["inputs"]:
        pytest.skip("pending, or a case without tensors")
    assert runner.compare(case, runner.run_case(case, addax, in_function=True)) == []


@pytest.mark.filterwarnings("default")
def test_pending(waiting, request):
    if not request.config.getoption("--golden-pending"):
        pytest.skip(f"{len(waiting)} cases in pending.txt")
    (case_id,) = waiting
    try:
        reasons = differences(case_id)
    except Exception as error:
        reasons = [f"{type(error).__name__}: {error}"]
    if reasons:
        pytest.skip(f"pending: {reasons[0][:200]}")
    pytest.fail(f"{case_id} passes: take it off pending.txt (python tests/golden/update_pending.py)")


def test_the_list_names_cases_that_exist():
    known = {case_id for family in golden.families(CASES) for case_id in case_ids(family)}
    plain = [entry for entry in pending.read() if not any(mark in entry for mark in "*?[")]
    assert [entry for entry in plain if entry not in known] == []
    assert len(known) == 2336
