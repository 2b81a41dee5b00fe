"""Options and fixtures of all tests."""

import os
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
