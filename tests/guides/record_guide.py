"""Run a guide's blocks, in order and unmodified, and write down what each printed and computed.

    addax run record_guide.py RUN_GUIDE.py GUIDE.md PLAN.json REPORT.json

PLAN.json has the keys (all optional): `start`, code run first; `before`, a mapping from a part of a
block's text to code that supplies the names this block does not define itself; `again`, parts of the
blocks that run twice; `probes`, a mapping from a part of a block's text to {name: expression}, the
expressions being evaluated after the block. REPORT.json is a list of blocks.
"""

import contextlib
import importlib.util
import io
import json
import os
import sys
import time
import traceback


def load(path):
    spec = importlib.util.spec_from_file_location("run_guide", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def plain(value):
    """A value as JSON can hold it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "numpy"):
        value = value.numpy()
    if hasattr(value, "tolist"):
        return value.tolist()
    return value


def find(table, source):
    return next((value for part, value in table.items() if part in source), None)


def new_history(namespace, seen):
    """What the last `fit` wrote down, where one ran since the last look."""
    history = getattr(namespace.get("model"), "history", None)
    if history is None or id(history) in seen or not hasattr(history, "epoch"):
        return None
    seen[id(history)] = history
    return {"epoch": plain(history.epoch), "values": plain(history.history)}


def run_block(source, label, namespace, plan, seen):
    printed, warned = io.StringIO(), io.StringIO()
    record = {"error": None, "facts": {}}
    began = time.perf_counter()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(warned):
        try:
            before = find(plan.get("before", {}), source)
            if before:
                exec(compile(before, label + ":before", "exec"), namespace)
            exec(compile(source, label, "exec"), namespace)
            for name, expression in (find(plan.get("probes", {}), source) or {}).items():
                record["facts"][name] = plain(eval(expression, namespace))
        except BaseException as error:
            record["error"] = f"{type(error).__name__}: {error}"
            record["traceback"] = traceback.format_exc()
    record["seconds"] = time.perf_counter() - began
    record["history"] = new_history(namespace, seen)
    record["printed"], record["warned"] = printed.getvalue(), warned.getvalue()
    return record


def main(run_guide_path, guide, plan_path, report_path):
    run_guide = load(run_guide_path)
    os.environ.setdefault("MPLBACKEND", "Agg")
    with open(plan_path, encoding="utf-8") as stream:
        plan = json.load(stream)
    with open(guide, encoding="utf-8") as stream:
        blocks = list(run_guide.code_blocks(stream.read()))
    namespace, seen, report = {"__name__": "__main__"}, {}, []
    exec(plan.get("start", ""), namespace)
    for line, source in blocks:
        source = run_guide.runnable(source)
        if source is None:
            continue
        times = 2 if any(part in source for part in plan.get("again", [])) else 1
        for _ in range(times):
            record = run_block(source, f"{guide}:{line}", namespace, plan, seen)
            report.append({"line": line, "source": source, **record})
            print(f"line {line}: {record['error'] or 'ok'} ({record['seconds']:.2f} s)", file=sys.stderr)
    with open(report_path, "w", encoding="utf-8") as stream:
        json.dump(report, stream)


if __name__ == "__main__":
    main(*sys.argv[1:])
