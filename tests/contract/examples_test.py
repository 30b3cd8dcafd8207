"""The examples of openapi.yaml, played against a daemon: every request is accepted, and answers
with the very figures that stand beside it."""

import json
import os
import subprocess
import urllib.request

from document import Document
from exchange import parse_answer
from tap import Tap

# In order: operation, path and query, name of its request's example or None, status of the answer,
# name of the answer's example or None where it shows another moment than this one.
MAZUR = "/v1/networks/mazur"
STEPS = [
    ("listNetworks", "/v1/networks", None, 200, "none"),
    ("createNetwork", "/v1/networks?dry_run=true", "article", 200, "article"),
    ("createNetwork", "/v1/networks", "article", 201, "article"),
    ("listNetworks", "/v1/networks", None, 200, "one"),
    ("getNetwork", MAZUR, None, 200, "article"),
    ("getNetwork", f"{MAZUR}?include=parameters", None, 200, "parameters"),
    ("getParameters", f"{MAZUR}/parameters", None, 200, "article"),
    ("forward", f"{MAZUR}/forward", "vector", 200, "vector"),
    ("forward", f"{MAZUR}/forward", "trace", 200, "trace"),
    ("forward", f"{MAZUR}/forward", "batch", 200, "batch"),
    ("evaluate", f"{MAZUR}/evaluate", "numbers", 200, "numbers"),
    ("evaluate", f"{MAZUR}/evaluate", "classes", 200, "classes"),
    ("gradients", f"{MAZUR}/gradients", "article", 200, "article"),
    ("gradients", f"{MAZUR}/gradients", "check", 200, "check"),
    ("step", f"{MAZUR}/step", "article", 200, "article"),
    ("step", f"{MAZUR}/step", "layerwise", 200, None),
    ("resetNetwork", f"{MAZUR}/reset", "start", 200, None),
    ("deleteNetwork", MAZUR, None, 204, None),
    ("createNetwork", "/v1/networks", "article", 201, "article"),
    ("train", f"{MAZUR}/train", "article", 200, "article"),
    ("createNetwork", "/v1/networks", "smallest", 201, None),
    ("createNetwork", "/v1/networks", "drawn", 201, None),
    ("createNetwork", "/v1/networks", "classifier", 201, None),
    ("forward", "/v1/networks/iris/forward", "classes", 200, None),
    ("createNetwork", "/v1/networks", "clone", 201, None),
    ("train", "/v1/networks/xor/train", "careful", 200, None),
    ("train", "/v1/networks/xor/train", "xor", 200, None),
    ("putParameters", f"{MAZUR}/parameters", "article", 200, None),
    ("resetNetwork", f"{MAZUR}/reset", "start", 200, "article"),
    ("resetNetwork", f"{MAZUR}/reset", "seed", 200, None),
    ("createCheckpoint", f"{MAZUR}/checkpoints", "before", 201, None),
    ("restoreCheckpoint", f"{MAZUR}/checkpoints/before/restore", "plainly", 200, None),
    ("exportNetwork", f"{MAZUR}/export", None, 200, None),
    ("importNetwork", "/v1/networks/import", "one", 201, None),
    ("exportNetwork", "/v1/networks/one/export", None, 200, "one"),
    ("putNetwork", MAZUR, "answer", 200, None),
    ("putNetwork", MAZUR, "relu", 200, None),
    ("patchNetwork", MAZUR, "slower", 200, None),
    ("patchNetwork", MAZUR, "thaw", 200, None),
    ("patchNetwork", MAZUR, "scaled", 200, None),
    ("patchNetwork", MAZUR, "plain", 200, None),
    ("patchNetwork", MAZUR, "forget", 200, None),
    ("patchNetwork", MAZUR, "rename", 200, None),
    ("listDatasets", "/v1/datasets", None, 200, "none"),
    ("putDataset", "/v1/datasets/flowers?targets=species", "flowers", 201, "flowers"),
    ("putDataset", "/v1/datasets/flowers?targets=species", "flowers", 200, "flowers"),
    ("getDataset", "/v1/datasets/flowers", None, 200, "flowers"),
    ("getDatasetRows", "/v1/datasets/flowers/rows?limit=2", None, 200, "flowers"),
    ("putDataset", "/v1/datasets/and", "samples", 201, "samples"),
    ("putDataset", "/v1/datasets/xor", "generator", 201, "generator"),
    ("deleteDataset", "/v1/datasets/xor", None, 204, None),
    # No run has an id that is known beforehand; the body is judged before the id is looked up.
    ("cancelRun", "/v1/runs/0000000000000000/cancel", "nothing", 404, None),
    ("getService", "/v1", None, 200, "defaults"),
    ("getLiveness", "/livez", None, 200, "ok"),
    ("getReadiness", "/readyz", None, 200, "ok"),
]
# What is drawn or measured anew each time, or is the machine's.
VARYING = {"seed", "run", "created_at", "updated_at", "elapsed_seconds", "simd", "numerics"}


class Daemon:
    def __enter__(self):
        program = os.environ.get("BACKPROPD_BINARY", "build/backpropd")
        self.process = subprocess.Popen(
            [program, "--listen", "127.0.0.1:0", "--database", ":memory:"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self.process.stdout.readline()
        self.url = next(word.rstrip(",") for word in line.split() if word.startswith("http"))
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait()

    def call(self, method, path, body, media_type):
        data = None if body is None else json.dumps(body).encode()
        if media_type == "text/csv":
            data = body.encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Content-Type", media_type)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.read().decode()


def differences(actual, shown, pointer=""):
    """Where an answer and its example differ; the order of members counts."""
    if isinstance(actual, dict) and isinstance(shown, dict):
        if list(actual) != list(shown):
            return [f"{pointer}: has {list(actual)}, shown are {list(shown)}"]
        pairs = [(key, actual[key], shown[key]) for key in actual if key not in VARYING]
    elif isinstance(actual, list) and isinstance(shown, list) and len(actual) == len(shown):
        pairs = [(i, *pair) for i, pair in enumerate(zip(actual, shown))]
    else:
        return [] if actual == shown else [f"{pointer}: is {actual}, shown is {shown}"]
    return [fault for key, a, s in pairs for fault in differences(a, s, f"{pointer}/{key}")]


def examples_of(document, content):
    """name -> (media type, value)"""
    return {
        name: (media_type, document.follow(example)["value"])
        for media_type, media in content.items()
        for name, example in media.get("examples", {}).items()
    }


def play(document):
    """Yields of each step: what it is, and the status and body that are shown and answered; the
    body that is shown is None where there is none."""
    operations = {operation.id: operation for operation in document.operations()}
    with Daemon() as daemon:
        for name, path, request, status, answer in STEPS:
            operation = operations[name]
            media_type, body, shown = "application/json", None, None
            if request:
                sent = examples_of(document, operation.request_body["content"])
                media_type, body = sent[request]
            if answer:
                shown = examples_of(document, operation.responses[status]["content"])[answer][1]
            what = f"{name}, {request or 'no body'}: {answer or status}"
            yield what, (status, shown), daemon.call(operation.method, path, body, media_type)


def main():
    document = Document()
    tap = Tap()
    for what, (status, shown), (actual, text) in play(document):
        faults = [] if actual == status else [f"answered {actual}: {text}"]
        if shown is not None and not faults:
            faults = differences(parse_answer(text), shown)
        tap.check(what, faults)
    played = {(name, request) for name, _, request, _, _ in STEPS}
    tap.check(
        "every example of a request was played",
        [
            f"{operation.id}: {name}"
            for operation in document.operations()
            for name in examples_of(document, operation.request_body.get("content", {}))
            if (operation.id, name) not in played
        ],
    )
    tap.done()


if __name__ == "__main__":
    main()
