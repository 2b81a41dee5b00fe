"""Options and fixtures of all tests."""

import gc
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption(
        "--golden-pending", action="store_true", help="run the golden cases of pending.txt; one that passes fails"
    )


@pytest.fixture(scope="session")
def shared():
    """The folder of guides and data beside the checkout; ADDAX_SHARED names another one."""
    folder = Path(os.environ.get("ADDAX_SHARED", ROOT.parent / "shared")).resolve()
    if not (folder / "guides").is_dir():
        pytest.skip(f"no guides in {folder}: set ADDAX_SHARED to the folder that has guides/ and data/")
    return folder


def pytest_itemcollected(item):
    if " at 0x" in item.nodeid:  # several workers must find the same names
        raise pytest.UsageError(f"{item.nodeid}: give the parameters ids that are the same in each process")


def pytest_collection_finish(session):
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def survivors_are_garbage_no_more():
    """What outlives a test file is not looked through again: late in a session, collecting would take seconds."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def initial_weights_follow_every_seed():
    """After `keras.utils.set_random_seed` they follow that alone, for the rest of a process."""
    yield
    random = sys.modules.get("addax.core.random")
    if random is not None:
        random._initial_stays = False


@pytest.fixture(scope="session", autouse=True)
def programs_are_not_forgotten():
    """Tests that count compilations would count those of programs that were forgotten meanwhile."""
    from addax.core import program_memory

    program_memory._Kept.most = sys.maxsize


def number_layers_from_one():
    naming = sys.modules.get("addax.keras.naming")
    if naming is not None:
        naming.reset_uids()


def pytest_collectstart(collector):
    if isinstance(collector, pytest.Module):
        number_layers_from_one()


@pytest.fixture(autouse=True)
def names_from_one():
    """Layers are numbered from one in each test (and file), so that no test depends on what ran before it."""
    number_layers_from_one()
