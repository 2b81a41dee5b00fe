"""The list of golden cases that do not pass yet: pending.txt, one id or pattern a line."""

import fnmatch
import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pending.txt")

HEADER = """\
# Golden cases that do not pass yet, one a line: id (or pattern), then the issue it belongs to.
# Cases that pass come off with `python tests/golden/update_pending.py`; the list only gets shorter.
"""

# The issue that a family's cases belong to.
ISSUES = {
    3: ["ops", "autodiff", "dtypes", "function", "random", "variables", "runtime", "printing", "errors"],
    4: ["activations", "initializers", "regularizers", "constraints", "losses", "metrics", "optimizers",
        "schedules", "layers", "preprocessing", "applications", "utilities"],
    5: ["datasets", "io"],
    6: ["files", "saving"],
    7: ["models"],
}  # fmt: skip


def issue_of(case_id):
    """The issue a case belongs to, by its family."""
    family = case_id.partition("/")[0]
    return next(issue for issue, families in ISSUES.items() if family in families)


def read(path=PATH):
    """Patterns of pending.txt -> their issue."""
    entries = {}
    with open(path, encoding="utf-8") as stream:
        for line in stream:
            words = line.partition("#")[0].split()
            if words:
                entries[words[0]] = int(words[-1])
    return entries


def write(case_ids, path=PATH):
    """Write pending.txt: these ids, in order."""
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(HEADER)
        stream.writelines(f"{case_id} issue {issue_of(case_id)}\n" for case_id in case_ids)


def matches(entries, case_id):
    """The issue under which a case is pending, or None."""
    if case_id in entries:
        return entries[case_id]
    patterns = (pattern for pattern in entries if any(mark in pattern for mark in "*?["))
    return next((entries[pattern] for pattern in patterns if fnmatch.fnmatchcase(case_id, pattern)), None)
