"""Test Anything Protocol on stdout, for the tests that are written in Python."""

import sys

SHOWN = 10  # faults of one check that are printed


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def check(self, text, faults):
        """One check: passed when the list of faults is empty."""
        self.count += 1
        self.failed += bool(faults)
        print(f"{'not ok' if faults else 'ok'} {self.count} - {text}")
        for fault in faults[:SHOWN]:
            print(f"# {fault}")
        if len(faults) > SHOWN:
            print(f"# and {len(faults) - SHOWN} more")

    def note(self, text):
        print(f"# {text}")

    def done(self):
        """Prints the plan and ends the program."""
        print(f"1..{self.count}")
        sys.exit(1 if self.failed or not self.count else 0)
