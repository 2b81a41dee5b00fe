"""Run the golden cases and take those that pass off pending.txt.

    python tests/golden/update_pending.py [--family losses,layers] [--allow-regress]

A case that is not on the list and does not pass is a regression: it is reported, the exit status is 1,
and the list does not take it up unless --allow-regress says so.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import pending  # noqa: E402


def replay(family):
    """Outcomes by case id, from replay.py, which outlives cases that crash or hang."""
    with tempfile.TemporaryDirectory() as scratch:
        report = os.path.join(scratch, "report.json")
        command = [sys.executable, os.path.join(HERE, "replay.py"), "--as", "addax", "--report", report, "--show", "0"]
        subprocess.run([*command, "--family", family] if family else command, check=False)
        with open(report, encoding="utf-8") as stream:
            results = json.load(stream)["results"]
    return {case_id: (result or {}).get("outcome", "error") for case_id, result in results.items()}


def updated(entries, all_ids, outcomes):
    """(ids that stay or come on the list, ids that come off, regressions)."""
    waiting = [case_id for case_id in all_ids if pending.matches(entries, case_id)]
    passed = {case_id for case_id, outcome in outcomes.items() if outcome in ("pass", "skip")}
    leaving = [case_id for case_id in waiting if case_id in passed]
    regressed = [i for i in all_ids if i in outcomes and i not in passed and not pending.matches(entries, i)]
    return [case_id for case_id in waiting if case_id not in passed], leaving, regressed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--family", default="", help="comma-separated families; all by default")
    parser.add_argument("--allow-regress", action="store_true", help="put cases that stopped passing on the list")
    options = parser.parse_args()
    all_ids = []
    for name in sorted(name for name in os.listdir(os.path.join(HERE, "cases")) if name.endswith(".json")):
        with open(os.path.join(HERE, "cases", name), encoding="utf-8") as stream:
            all_ids += [case["id"] for case in json.load(stream)["cases"]]
    entries = pending.read()
    staying, leaving, regressed = updated(entries, all_ids, replay(options.family))
    if options.allow_regress:
        staying = [case_id for case_id in all_ids if case_id in {*staying, *regressed}]
    pending.write(staying)
    print(f"{len(leaving)} cases come off the list, {len(staying)} are on it")
    for case_id in regressed:
        print(f"REGRESSION: {case_id} no longer passes")
    return 1 if regressed and not options.allow_regress else 0


if __name__ == "__main__":
    sys.exit(main())
