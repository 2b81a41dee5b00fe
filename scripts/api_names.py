"""The list of TensorFlow's names in tests/api: make it again, or report how much of it there is.

    python scripts/api_names.py               coverage by namespace (`make api-report`)
    python scripts/api_names.py --missing     the names that are missing without a reason, and calls that would fail
    python scripts/api_names.py FACTS...      write tests/api/names.txt again from files of API facts

FACTS are JSON files: dotted name -> {"kind", "signature", "methods", "properties", "constants", "alias_of"}, recorded
from a real TensorFlow by walking its modules with `inspect`. Only names.txt is written: the reasons are kept by hand in
tests/api/absent.txt (names that Addax does not have) and tests/api/differs.txt (parameters that differ); both take
patterns, and what is below a name goes with it; "not yet" is the reason of what is still to be built. After adding
names: `--missing`, then take lines off absent.txt.
"""

from __future__ import annotations

import collections
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tests", "api"))

import listing

HEADER = """\
# Names of TensorFlow 2.21 and Keras 2, a line each: name, kind, parameters ("=": has a default) or what it stands for.
# Written by scripts/api_names.py; what is absent and why stands in absent.txt.
"""


def split(signature: str) -> list[str]:
    """The parameters of a signature's text, defaults as "="."""
    parts, text, depth, quote = [], "", 0, ""
    for char in signature.strip()[1:-1] + ",":
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
        if char == "," and not depth and not quote:
            parts.append(text.strip())
            text = ""
        else:
            text += char
    kept = []
    for part in parts:
        name, equals, _ = part.partition("=")
        name = name.split(":")[0].strip()
        if name and name not in ("self", "cls", "instance", "_", "/", "*"):
            kept.append(name + equals)
    return kept


def written(signature: str | None) -> str:
    """A signature as names.txt has it; "" where it is not known."""
    return "" if signature in (None, "(...)") else f" ({', '.join(split(signature))})"


def entries(facts: dict) -> list[str]:
    """The lines of names.txt for a file of facts."""
    made = []
    for name, fact in facts.items():
        if "alias_of" in fact:
            made.append(f"{name} alias -> {fact['alias_of']}")
            continue
        kind = fact["kind"]
        called = kind in ("class", "function") and not fact.get("fields")
        made.append(f"{name} {kind}{written(fact.get('signature')) if called else ''}")
        for method, signature in fact.get("methods", {}).items():
            if not method.startswith("__") or method == "__call__":
                text = signature.removeprefix("class ").removeprefix("static ")
                made.append(f"{name}.{method} method{written(text)}")
        made += [f"{name}.{each} property" for each in fact.get("properties", [])]
        made += [f"{name}.{each} constant" for each in fact.get("constants", {}) if not each.startswith("__")]
    return made


def write(paths: list[str]) -> None:
    """Make names.txt again."""
    found: list[str] = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            found += entries(json.load(file))
    with open(listing.NAMES, "w", encoding="utf-8") as file:
        file.write(HEADER + "\n".join(dict.fromkeys(found)) + "\n")
    print(f"{len(set(found))} lines in {listing.NAMES}")


def report() -> None:
    """Print how many names of each namespace there are."""
    absent, differs = listing.reasons(listing.ABSENT), listing.reasons(listing.DIFFERS)
    count: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
    modules = {each.name for each in listing.names() if each.kind == "module"} | {"tf", "tf.keras"}
    for each in listing.names():
        owner = each.name.rpartition(".")[0]
        if owner not in modules:
            continue
        wrong = listing.problem(each, absent, differs)
        why = listing.reason(each.name, absent)
        missing_now = "absent" if why not in (None, listing.NOT_YET) else "missing"
        state = "there" if listing.is_there(each.name) else missing_now
        for space in (owner, "all"):
            count[space][state] += 1
            count[space]["differs"] += bool(wrong) and state == "there"
    print(f"{'namespace':48}{'names':>7}{'there':>7}{'absent':>8}{'missing':>9}{'differs':>9}{'there %':>9}")
    for space, states in sorted(count.items()):
        total = sum(states[state] for state in ("there", "absent", "missing"))
        there = states["there"]
        cells = f"{total:7}{there:7}{states['absent']:8}{states['missing']:9}{states['differs']:9}"
        print(f"{space:48}{cells}{100 * there / total:9.1f}")


def missing() -> int:
    """Print what the test would complain about; returns how many names."""
    absent, differs = listing.reasons(listing.ABSENT), listing.reasons(listing.DIFFERS)
    wrong = [(each.name, text) for each in listing.names() if (text := listing.problem(each, absent, differs))]
    for name, text in wrong:
        print(name, text)
    print(f"{len(wrong)} names")
    return len(wrong)


if __name__ == "__main__":
    if sys.argv[1:] == ["--missing"]:
        sys.exit(bool(missing()))
    elif len(sys.argv) > 1:
        write(sys.argv[1:])
    else:
        report()
