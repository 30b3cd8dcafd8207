#!/usr/bin/python3
"""Runs the calls of README.md against a daemon of its own and compares the answers; its links to
files must lead to some.

A ```console block is a command after "$ " (with its indented further lines) and the answer that it
prints. What differs from run to run (times, run ids) is compared by its form. With --write the
answers in README.md are replaced by the real ones.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
README = os.path.join(ROOT, "README.md")
BLOCK = re.compile(r"```console\n\$ (.*?)(?:\n(\{.*?))?\n```", re.S)
LINK = re.compile(r"\]\(([^():#]+)[^():]*\)")
DEFAULT = "http://127.0.0.1:8080"
VOLATILE = {"created_at", "updated_at", "run", "elapsed_seconds"}


def steady(value):
    """The answer without what differs from run to run."""
    if isinstance(value, dict):
        return {key: "…" if key in VOLATILE else steady(item) for key, item in value.items()}
    return value


def start(directory):
    binary = os.environ.get("BACKPROPD_BINARY", os.path.join(ROOT, "build/backpropd"))
    daemon = subprocess.Popen(
        [binary, "--listen", "127.0.0.1:0", "--database", os.path.join(directory, "readme.db")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = re.search(r"http://[^,]*", daemon.stdout.readline()).group()
    return daemon, address


def run(command, address):
    words = shlex.split(command.replace(DEFAULT, address))
    return subprocess.run([*words, "-sS"], capture_output=True, text=True, check=True).stdout.strip()


def main():
    with open(README, encoding="utf-8") as file:
        text = file.read()
    failed = 0
    blocks = list(BLOCK.finditer(text))
    answers = []
    with tempfile.TemporaryDirectory() as directory:
        daemon, address = start(directory)
        try:
            answers = [run(block.group(1), address) for block in blocks]
        finally:
            daemon.terminate()
            daemon.wait()
    if "--write" in sys.argv:
        replaced = iter(answers)
        text = BLOCK.sub(lambda m: f"```console\n$ {m.group(1)}\n{next(replaced)}\n```", text)
        with open(README, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    for number, (block, answer) in enumerate(zip(blocks, answers), 1):
        wanted = json.loads(block.group(2) or "null")
        good = wanted is not None and steady(wanted) == steady(json.loads(answer))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {block.group(1).splitlines()[0]}")
        if not good:
            print(f"# README.md: {block.group(2)}\n# answered:  {answer}")
    links = LINK.findall(text)
    for number, path in enumerate(links, len(blocks) + 1):
        good = os.path.exists(os.path.join(ROOT, path))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {path} is there")
    print(f"1..{len(blocks) + len(links)}")
    return 1 if failed or not blocks or not links else 0


if __name__ == "__main__":
    sys.exit(main())
