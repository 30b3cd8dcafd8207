#!/usr/bin/env python3
"""Runs our trainer and its peers over the works in turn, A B A B, and prints the ratios. Started by
bench/train.sh, which says what it reads from the environment."""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import sys

import works

BUILD = pathlib.Path(os.environ["BACKPROPD_BINARY"]).parent
PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"
HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"  # Debian's, which has Debian's modules
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS_EACH", "0.3"))
WALL, CPU = 1, 2  # which figure of a "rate" line

# The goals: at least so many times the peer's sample-updates per second.
GOALS = {
    ("W1", "float64", 1, "FANN"): 2.6,
    ("W2", "float64", 1, "FANN"): 3.5,
    ("W3", "float64", 1, "PyTorch"): 31,
    ("W3", "float32", 1, "PyTorch"): 60,
    ("W3-adam", "float64", 1, "scikit-learn"): 35,
    ("W4", "float64", 1, "PyTorch"): 2.4,
    ("W4", "float32", 1, "PyTorch"): 3.4,
    ("W5", "float64", 1, "PyTorch"): 1.5,
    ("W5", "float32", 1, "PyTorch"): 1.4,
    ("W6", "float64", 1, "PyTorch"): 6,
    ("W6", "float32", 1, "PyTorch"): 9,
    ("W4", "float64", 2, "backpropd, 1 thread"): 1.6,
    ("W4", "float32", 2, "backpropd, 1 thread"): 1.6,
    ("W5", "float64", 2, "backpropd, 1 thread"): 1.85,
    ("W5", "float32", 2, "backpropd, 1 thread"): 1.85,
}
SERVICE_SHARE = 0.95  # of the trainer's speed, through the service

# How far the errors after check_epochs may be apart. FANN bounds the sigmoid's derivative from
# below and its stepwise sigmoid is another function.
TOLERANCES = {"float64": 1e-6, "float32": 1e-2}
LOOSE = {"FANN": 0.1, "FANN, stepwise": 1e9}


class Program:
    """A process that trains when it is told to; see bench/train/work.h."""

    def __init__(self, name, command, threads=1, column=None):
        self.name = name
        self.column = column or (CPU if threads == 1 else WALL)
        self.rates = []
        self.checked = None
        environment = os.environ | {
            "OMP_NUM_THREADS": str(threads),
            "OPENBLAS_NUM_THREADS": str(threads),
        }
        self.process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def begin(self):
        """False where the program cannot do this work."""
        words = self.process.stdout.readline().split()
        if words[:1] != ["checked"]:
            self.process.wait()
            return False
        self.checked = float(words[1])
        return True

    def run(self):
        self.process.stdin.write(f"{SECONDS}\n")
        self.process.stdin.flush()
        words = self.process.stdout.readline().split()
        self.rates.append([float(word) for word in words[1:]])

    def end(self):
        self.process.stdin.close()
        self.process.wait()

    def rate(self, column=None):
        return statistics.median(row[column or self.column] for row in self.rates)


@dataclasses.dataclass
class Row:
    work: works.Work
    precision: str
    threads: int

    def path(self):
        return BUILD / "bench/train" / f"{self.work.name}.work"

    def ours(self, name, threads, *variant, column=None):
        command = [BUILD / "bench/train/ours", self.path(), self.precision, threads, *variant]
        return Program(name, command, threads, column)

    def compiled(self, name, program, *variant):
        path = BUILD / "bench/peers" / f"{program}_{self.precision}"
        return Program(name, [path, self.path(), *variant], self.threads)

    def script(self, name, path, *variant, column=None):
        command = [PYTHON, path, self.path(), self.precision, self.threads, *variant]
        return Program(name, command, self.threads, column)

    def programs(self):
        """Ours first."""
        if self.threads > 1:
            yield self.ours(f"backpropd, {self.threads} threads", self.threads)
            yield self.ours("backpropd, 1 thread", 1, column=WALL)
        else:
            yield self.ours("backpropd", 1)
        if self.work.name == "W1" and self.threads == 1:
            yield self.ours("backpropd, biases frozen", 1, "frozen")
        if self.work.loss == "squared_error":
            yield self.compiled("FANN", "fann")
            yield self.compiled("FANN, stepwise", "fann", "stepwise")
        yield self.compiled("C over OpenBLAS", "openblas")
        yield self.script("PyTorch", PEERS / "pytorch.py", "tensors")
        yield self.script("PyTorch, scripted", PEERS / "pytorch.py", "script")
        if os.environ.get("ALL"):
            yield self.script("PyTorch, nn.Module", PEERS / "pytorch.py", "module")
        # scikit-learn has no sigmoid outputs with squared error, and takes seconds for W6's epoch.
        if self.work.loss == "cross_entropy" and self.work.batch > 1 and self.threads == 1:
            yield self.script("scikit-learn", PEERS / "scikit_learn.py")
        if self.work.name in ("W4", "W5", "W6") and self.threads == 1:
            yield self.compiled("limit of the core", "limit")
        yield self.script("through the service", HERE / "service.py", column=WALL)

    def title(self):
        w = self.work
        plural = "s" if self.threads > 1 else ""
        return (
            f"{w.name}: {w.inputs}-{w.hidden}-{w.outputs} {w.activation}, "
            f"{w.samples} sample{'s' if w.samples > 1 else ''}, "
            f"batch {w.batch}, {w.optimizer}, {self.precision}, {self.threads} thread{plural}"
        )

    def run(self):
        """Whether ours learned, and as its peers did."""
        everyone = list(self.programs())
        present = [program for program in everyone if program.begin()]
        for program in everyone:
            if program not in present:
                print(f"  {program.name} does not run this", file=sys.stderr)
        for _ in range(ROUNDS):
            for program in present:
                program.run()
        for program in present:
            program.end()
        return self.report(everyone[0], present)

    def report(self, ours, present):
        _, arrays = works.read(self.path())
        start = works.mean_error(self.work, arrays[:4], *arrays[4:])
        epochs = self.work.check_epochs
        print(f"\n{self.title()}")
        print(f"{'':26}{'updates/s':>12}{'ours/its':>10}{'goal':>8}   error {start:.4g} after "
              f"{epochs} epoch{'s' if epochs > 1 else ''}")  # fmt: skip
        fine = ours in present and ours.checked < 0.5 * start
        for program in present:
            good = "frozen" in program.name or ours not in present or self.agree(ours, program)
            fine = fine and good
            lines = [(program.name, program.column)]
            if program.name == "through the service":
                lines = [("service, request", WALL), ("service, elapsed_seconds", CPU)]
            for name, column in lines:
                self.print_line(ours if ours in present else None, program, name, column)
            print("" if good else "    its error differs from ours\n", end="")
        sys.stdout.flush()
        return fine

    def agree(self, ours, program):
        if program.name == "limit of the core":  # it does not learn
            return True
        tolerance = LOOSE.get(program.name, TOLERANCES[self.precision])
        return abs(program.checked - ours.checked) <= tolerance * ours.checked

    def print_line(self, ours, program, name, column):
        ratio, goal = "", ""
        if ours is not None and program is not ours:
            # The service's figures are wall time, so they stand beside ours by wall time.
            mine = WALL if name.startswith("service") else ours.column
            pairs = zip(ours.rates, program.rates)
            ratio = f"{statistics.median(a[mine] / b[column] for a, b in pairs):.2f}"
            peer = name.replace(", scripted", "")
            least = GOALS.get((self.work.name, self.precision, self.threads, peer))
            goal = f">= {least:g}" if least else ""
            if name.startswith("service"):
                goal = f"<= {1 / SERVICE_SHARE:.2f}"
        print(f"{name:26}{readable(program.rate(column)):>12}{ratio:>10}{goal:>8}   "
              f"{program.checked:.6g}")  # fmt: skip


def readable(rate):
    for limit, letter in ((1e6, "M"), (1e3, "k")):
        if rate >= limit:
            return f"{rate / limit:.4g} {letter}"
    return f"{rate:.4g}"


def chosen(work):
    """WORKS="W1 W3" chooses W1, W3, W3-tanh, ..."""
    names = os.environ.get("WORKS", "").split()
    return not names or work.name in names or work.name.split("-")[0] in names


def rows():
    for work in filter(chosen, works.WORKS):
        for precision in os.environ.get("PRECISIONS", "float64 float32").split():
            yield Row(work, precision, 1)
            if work.name in ("W4", "W5") and (os.cpu_count() or 1) > 1:
                yield Row(work, precision, 2)


def main():
    results = [row.run() for row in rows()]
    return 0 if all(results) else 1


sys.exit(main())
