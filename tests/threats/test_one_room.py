"""One room opens what others wrote: no other module has a parser or unpickler of its own, or imports by name."""

import ast
import inspect
import pathlib

import pytest

import addax
from addax.ops import table

SOURCE = pathlib.Path(addax.__file__).parent
MODULES = {
    "bz2", "dbm", "dill", "cloudpickle", "gzip", "h5py", "lzma", "marshal", "pickle", "plistlib", "shelve", "tarfile",
    "xml", "yaml", "zipfile", "zlib",
}  # fmt: skip
CALLS = {
    "eval", "exec", "compile", "__import__", "import_module", "literal_eval", "np.load", "np.fromfile", "np.memmap",
    "np.loadtxt", "np.genfromtxt", "json.load", "json.loads", "Image.open", "os.system", "os.popen",
}  # fmt: skip
# Who may all the same, and why.
ALLOWED = {
    "testing/layers.py": {"pickle"},  # of what it made itself in this process
    "keras/saving/lambdas.py": {"marshal"},  # byte code, with safe_mode=False only
    "core/dispatch.py": {"exec", "compile"},  # the wrappers of ops, from their signatures
    "core/transpiler.py": {"exec", "compile"},  # autograph, of the caller's own functions
    "compat/launcher.py": {"exec", "compile"},  # `addax run` runs the program that it is given
    "compat/alias.py": {"import_module"},  # `import tensorflow` in the caller's program
    "core/specialization.py": {"eval"},  # of sizes as JAX writes them: names, numbers and + - * ^, without builtins
    "core/names.py": {"import_module"},  # namespaces that are imported when they are used; names from our own tables
    "__init__.py": {"import_module"},
    "ops/__init__.py": {"import_module"},
    "core/interception.py": {"exec", "compile"},  # as in dispatch
    "keras/layers/flax_layer.py": {"import_module"},  # Flax, where the program has it
    "experimental/dispatch.py": {"import_module"},  # of the caller's own functions
    "testing/containers.py": {"json.loads"},  # of what it made itself
    "ops/tnp/weak_functions.py": {"import_module"},  # as above
}


def used(path):
    """What a module imports and calls of the above."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call):
            text = ast.unparse(node.func)
            found.update(call for call in CALLS if text == call or text.endswith("." + call) and "." in call)
            found.update(call for call in ("import_module", "literal_eval") if text.endswith("." + call))
    return found & (MODULES | CALLS)


def test_only_formats_has_parsers():
    wrong = {}
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        extra = set() if name.startswith("formats/") else used(path) - ALLOWED.get(name, set())
        if extra:
            wrong[name] = extra
    assert not wrong, f"{wrong}: open files with addax.formats (see ARCHITECTURE.md), or say why not in ALLOWED"


def test_formats_neither_runs_nor_unpickles():
    for path in sorted((SOURCE / "formats").glob("*.py")):
        bad = used(path) & {
            "pickle",
            "marshal",
            "eval",
            "exec",
            "import_module",
            "__import__",
            "yaml",
            "dill",
            "np.load",
        }
        assert not bad, path.name


def test_files_of_others_are_opened_as_regular_files():
    """`open(..., "rb")` would wait for a pipe, or read a device for ever."""
    for path in sorted((SOURCE / "formats").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "open":
                mode = ast.unparse(node.args[1]) if len(node.args) > 1 else "'r'"
                if path.name == "zip_writer.py":
                    continue  # what it has written itself
                assert "w" in mode or "x" in mode or "a" in mode, f"{path.name}:{node.lineno}: use limits.open_regular"


@pytest.mark.parametrize("name", sorted(set(table.public_ops()) - set(table.pure_ops())))
def test_ops_that_files_may_not_name(name):
    assert name in ("nn.fixed_unigram_candidate_sampler", "nn.learned_unigram_candidate_sampler")


def test_ops_that_files_may_name_take_no_files_or_functions():
    suspicious = ("file", "path", "stream", "func", "callable", "handle", "directory", "prefix", "url")
    numbers = {"nn.ctc_beam_search_decoder": {"top_paths"}}
    for name, function in table.pure_ops().items():
        parameters = inspect.signature(function).parameters
        found = [each for each in parameters if any(word in each for word in suspicious)]
        found = [each for each in found if each not in numbers.get(name, ())]
        assert not found, f"{name}({', '.join(found)}): add it to table._OUTSIDE"
