"""`addax run`: a program written for TensorFlow runs as it would alone."""

import os
import subprocess
import sys

import pytest

from addax._version import __version__
from addax.compat.launcher import main


def run(*arguments, cwd, **variables):
    command = [sys.executable, "-m", "addax", *map(str, arguments)]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


def test_a_script_runs_as_main_with_its_folder_and_arguments(tmp_path, write):
    write("job/beside.py", "value = 7\n")
    write(
        "job/script.py",
        "import sys, atexit\n"
        "import tensorflow as tf\n"
        "import addax, beside\n"
        "class Thing: pass\n"
        "atexit.register(lambda: print('at exit', Thing.__name__))\n"
        "print(__name__, tf is addax, beside.value, sys.argv, sys.modules['__main__'].Thing is Thing)\n"
        "print(__file__)\n",
    )
    done = run("run", "job/script.py", "--epochs", "3", "-m", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "__main__ True 7 ['job/script.py', '--epochs', '3', '-m'] True",
        str(tmp_path / "job" / "script.py"),
        "at exit Thing",
    ]


def test_a_module_runs(tmp_path, write):
    write("package/__init__.py", "")
    write("package/part.py", "value = 5\n")
    write(
        "package/__main__.py",
        "import sys\nfrom . import part\nimport tf_keras\nprint(__name__, part.value, sys.argv[1:])\nsys.exit(4)\n",
    )
    done = run("run", "-m", "package", "x", cwd=tmp_path)
    assert (done.stdout, done.returncode) == ("__main__ 5 ['x']\n", 4), done.stderr


def test_a_traceback_begins_in_the_script(tmp_path, write):
    path = write("broken.py", "def inner():\n    raise ValueError('said by the script')\n\n\ninner()\n")
    done = run("run", path, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[:3] == [
        "Traceback (most recent call last):",
        f'  File "{path}", line 5, in <module>',
        "    inner()",
    ]
    assert done.stderr.splitlines()[-1] == "ValueError: said by the script"
    assert "launcher" not in done.stderr and "runpy" not in done.stderr


def test_a_syntax_error_is_the_scripts(tmp_path, write):
    path = write("wrong.py", "x = (1,\n")
    done = run("run", path, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith(f'  File "{path}", line 1\n') and "SyntaxError" in done.stderr
    assert "launcher" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nosuch.py"], "no such file: 'nosuch.py'"),
        (["run", "-m", "nosuch.module"], "no module named 'nosuch.module'"),
        (["run"], "expected a file"),
        (["run", "--fast", "x.py"], "expected a file, received ['--fast']"),
        (["walk"], "unknown command 'walk'"),
        ([], "no command"),
    ],
)
def test_what_cannot_be_run_is_said(arguments, said, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    try:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
    finally:
        from addax.compat.alias import uninstall_alias

        uninstall_alias()
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_version_and_help(capsys):
    main(["--version"])
    main(["--help"])
    main(["run", "--help"])
    printed = capsys.readouterr().out
    assert printed.startswith(f"addax {__version__}\n")
    assert printed.count("addax run SCRIPT") == 2


def test_a_real_tensorflow_beside_is_hidden_by_the_alias_only(tmp_path, write):
    write("site/tensorflow/__init__.py", "__version__ = 'real'\n")
    path = write("script.py", "import tensorflow\nprint(tensorflow.__name__)\n")
    done = run("run", path, cwd=tmp_path, PYTHONPATH=str(tmp_path / "site"))
    assert done.stdout == "addax\n", done.stderr
    alone = [sys.executable, "-c", "import addax, tensorflow; print(tensorflow.__version__)"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(alone, env=environment, capture_output=True, text=True, timeout=120)
    assert done.stdout == "real\n", done.stderr
