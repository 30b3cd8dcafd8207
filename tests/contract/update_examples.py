"""Writes the daemon's own figures into the examples of openapi.yaml, after the arithmetic changed.

Each number that an answer has in place of the one that is shown replaces it wherever it stands.
Not a test: look at the difference before it is committed.
"""

import re

from document import ROOT, Document
from exchange import number_text, parse_answer
from examples_test import VARYING, play


def changed_numbers(actual, shown):
    """Pairs of the numbers that are shown and answered, where they differ."""
    if isinstance(actual, dict) and isinstance(shown, dict):
        pairs = [(actual[key], shown.get(key)) for key in actual if key not in VARYING]
    elif isinstance(actual, list) and isinstance(shown, list):
        pairs = zip(actual, shown)
    else:
        numbers = isinstance(actual, float) and isinstance(shown, float)
        return [(shown, actual)] if numbers and actual != shown else []
    return [change for pair in pairs for change in changed_numbers(*pair)]


def spell(number):
    return number_text(repr(number))


def main():
    document = Document()
    changes = {}
    for what, (_, shown), (_, text) in play(document):
        for before, after in changed_numbers(parse_answer(text), shown) if shown else []:
            if changes.setdefault(before, after) != after:
                print(f"{what}: {before} became {changes[before]} and {after}")
    path = ROOT / "openapi.yaml"
    text = path.read_text(encoding="utf-8")
    for before, after in changes.items():
        text = re.sub(rf"(?<![\w.-]){re.escape(spell(before))}(?![\w.])", spell(after), text)
    path.write_text(text, encoding="utf-8")
    print(f"{len(changes)} numbers changed")


main()
