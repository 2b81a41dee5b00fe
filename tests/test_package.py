"""What the package as a whole promises: light imports, types, a licence."""

import subprocess
import sys
from importlib import metadata, resources

from addax._version import __version__

HEAVY = ["h5py", "rich", "PIL", "pandas", "matplotlib", "tensorboard", "sklearn", "skimage", "tensorflow"]


def test_importing_addax_imports_nothing_heavy():
    code = f"import addax, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_metadata():
    assert metadata.version("addax") == __version__
    assert metadata.metadata("addax")["License-Expression"] == "Apache-2.0"
    assert (resources.files("addax") / "py.typed").is_file()
    (command,) = [entry for entry in metadata.entry_points(group="console_scripts") if entry.name == "addax"]
    assert command.value == "addax.compat.launcher:main"
