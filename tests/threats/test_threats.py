"""Every hostile input, through every entry point that takes it: a typed error with file and member, nothing else.

The attempts run in two processes of their own (see sandbox.py), side by side.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

import pytest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
from catalog import CATALOG, NOT_APPLICABLE  # noqa: E402

sys.path.remove(str(HERE))

GROUPS = (
    ("gadget_cases", "zip_cases", "hdf5_cases", "hdf5_layout_cases", "array_cases", "download_cases"),
    ("json_cases", "backup_cases", "checkpoint_cases", "record_cases", "fuzz_cases"),
)
FUZZ = (
    "fuzz keras",
    "fuzz h5",
    "fuzz weights",
    "fuzz legacy",
    "fuzz npz",
    "fuzz tfrecord",
    "fuzz archives",
    "fuzz checkpoint",
    "fuzz SavedModel",
    "fuzz data",
)
pytestmark = pytest.mark.xdist_group("threats")


def run(modules, results):
    """Run a group; its reports by case go into `results`, and how the process ended under its modules."""
    memory = pathlib.Path("/dev/shm")  # thousands of small files: in memory where there is room
    place = memory if os.access(memory, os.W_OK) and os.statvfs(memory).f_bavail << 12 > 1 << 31 else None
    environment = {
        **os.environ,
        "ADDAX_COMPILATION_CACHE": "off",
        "JAX_PLATFORMS": "cpu",
        "PYTHONDONTWRITEBYTECODE": "1",
        "KERAS_HOME": "/nonexistent",
        "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    }
    with tempfile.TemporaryDirectory(dir=place, prefix="addax-threats-") as folder:
        command = [sys.executable, str(HERE / "sandbox.py"), folder, ",".join(modules)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment, errors="replace")
    last = None
    for line in done.stdout.splitlines():
        report = json.loads(line)
        last = report
        results.setdefault(report["case"], [])
        if "name" in report:
            results[report["case"]].append(report)
    results[modules] = f"exit status {done.returncode} after {last}:\n{done.stderr[-2000:]}" if done.returncode else ""


@pytest.fixture(scope="session")
def results():
    """The reports of all attempts by case."""
    found = {}
    pending = list(GROUPS)

    def work():
        while pending:
            run(pending.pop(0), found)

    threads = [threading.Thread(target=work) for _ in range(min(2, os.cpu_count() or 1))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_all_cases_are_there(results):
    assert len(CATALOG) == 157
    assert set(NOT_APPLICABLE) <= set(CATALOG)
    run_cases = {name for name in results if isinstance(name, str)}
    assert run_cases == (set(CATALOG) - set(NOT_APPLICABLE)) | set(FUZZ)


@pytest.mark.parametrize("modules", GROUPS, ids=lambda modules: "+".join(modules))
def test_no_process_died(modules, results):
    assert results[modules] == ""


@pytest.mark.parametrize("case", [*CATALOG, *FUZZ], ids=lambda case: f"{case}: {CATALOG.get(case, '')}".rstrip(": "))
def test_case(case, results):
    if case in NOT_APPLICABLE:
        pytest.skip(NOT_APPLICABLE[case])
    reports = results[case]
    assert reports, "no attempt was made"
    wrong = [f"{report['name']}: {report['problem']}" for report in reports if report["problem"]]
    assert not wrong, f"{len(wrong)} of {len(reports)} attempts:\n" + "\n".join(wrong[:10])
