#!/usr/bin/env python3
"""Training through the service, on the protocol of bench/train/work.h:

    service.py WORK float64|float32 THREADS

Starts the daemon $BACKPROPD_BINARY with a database on disk, and trains by requests with all samples
in the body. "rate" has two figures: by the wall time of the request, less that of a request for one
epoch, which has the same JSON; and by the answer's elapsed_seconds. A request trains for at least
LEAST_SECONDS.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time

import numpy as np

import works

LEAST_SECONDS = 0.7
WORK, ARRAYS = works.read(sys.argv[1])


def rows_as_json(rows):
    """As json.dumps(rows.tolist()), but quick where few values are different."""
    values, places = np.unique(rows, return_inverse=True)
    texts = np.array([f"{value:.17g}" for value in values], dtype=object)
    rows = texts[places].reshape(rows.shape)
    return "[" + ",".join("[" + ",".join(row) + "]" for row in rows) + "]"


def definition():
    w1, b1, w2, b2 = (array.tolist() for array in ARRAYS[:4])
    softmax = WORK.loss == "cross_entropy"
    output = "softmax" if softmax else "sigmoid"
    return {
        "name": "work",
        "inputs": WORK.inputs,
        "layers": [
            {"units": WORK.hidden, "activation": WORK.activation, "weights": w1, "biases": b1},
            {"units": WORK.outputs, "activation": output, "weights": w2, "biases": b2},
        ],
        "loss": WORK.loss,
        "optimizer": {"type": WORK.optimizer, "learning_rate": WORK.learning_rate},
        "precision": sys.argv[2],
        "seed": 1,
    }


class Service:
    def __init__(self, folder):
        flags = ["--listen", "127.0.0.1:0", "--database", f"{folder}/work.db", "--max-body", "256M"]
        self.daemon = subprocess.Popen(
            [os.environ["BACKPROPD_BINARY"], *flags, "--log-level", "error", "--workers", sys.argv[3]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.daemon.stdout.readline()
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)", line)[1])
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.samples = f'"inputs":{rows_as_json(ARRAYS[4])},"targets":{rows_as_json(ARRAYS[5])}'
        self.epochs_per_second = 1.0

    def post(self, path, body):
        self.connection.request("POST", path, body.encode())
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if response.status >= 300:
            sys.exit(f"service: {answer.get('detail')} {answer.get('errors', '')}")
        return answer

    def train(self, epochs):
        """The answer, and the seconds of the request."""
        head = f'{{"epochs":{epochs},"batch_size":{WORK.batch},"include":[],'
        body = head + self.samples + "}"
        begin = time.perf_counter()
        answer = self.post("/v1/networks/work/train", body)
        return answer, time.perf_counter() - begin

    def train_for(self, seconds):
        epochs = max(2, round(max(seconds, LEAST_SECONDS) * self.epochs_per_second))
        _, wall_of_one = self.train(1)
        answer, wall = self.train(epochs)
        self.epochs_per_second = epochs / answer["elapsed_seconds"]
        by_wall = (epochs - 1) * WORK.samples / (wall - wall_of_one)
        return answer["mean_error"], by_wall, self.epochs_per_second * WORK.samples

    def stop(self):
        self.connection.close()
        self.daemon.terminate()
        self.daemon.wait()


def main():
    with tempfile.TemporaryDirectory() as folder:
        service = Service(folder)
        try:
            service.post("/v1/networks", json.dumps(definition()))
            answer, _ = service.train(WORK.check_epochs)
            service.epochs_per_second = WORK.check_epochs / answer["elapsed_seconds"]
            print(f"checked {answer['mean_error']:.17g}", flush=True)
            for line in sys.stdin:
                error, by_wall, by_elapsed = service.train_for(float(line))
                print(f"rate {error:.17g} {by_wall:.6g} {by_elapsed:.6g}", flush=True)
        finally:
            service.stop()


main()
