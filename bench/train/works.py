#!/usr/bin/env python3
"""The works that bench/train.sh compares programs by, and what the Python ones share.

    works.py FOLDER    writes FOLDER/NAME.work for every work

A work is a network with one hidden layer, its start weights, and samples in a fixed order: all
programs read the same file and so do the same arithmetic, up to rounding. The file is one line of
text, fields of `Work` in their order, and then little-endian doubles: weights[hidden][inputs],
biases[hidden], weights[outputs][hidden], biases[outputs], inputs[samples][inputs],
targets[samples][outputs]. Every value is a float, so that both precisions begin with the same.
"""

import dataclasses
import pathlib
import sys
import time

import numpy as np


@dataclasses.dataclass
class Work:
    name: str
    inputs: int
    hidden: int
    outputs: int
    samples: int
    batch: int
    activation: str  # of the hidden layer: sigmoid, tanh, relu
    loss: str  # squared_error with sigmoid outputs, or cross_entropy with softmax outputs
    optimizer: str  # sgd, adam
    learning_rate: float
    check_epochs: int  # after so many epochs from the start the programs' errors are compared

    def header(self):
        return " ".join(str(value) for value in dataclasses.astuple(self)) + "\n"


WORKS = [
    Work("W1", 2, 2, 2, 1, 1, "sigmoid", "squared_error", "sgd", 0.5, 10000),
    Work("W2", 2, 8, 1, 4, 1, "sigmoid", "squared_error", "sgd", 0.5, 5000),
    Work("W3", 4, 16, 3, 150, 32, "relu", "cross_entropy", "sgd", 0.1, 100),
    Work("W3-tanh", 4, 16, 3, 150, 32, "tanh", "cross_entropy", "sgd", 0.1, 100),
    Work("W3-adam", 4, 16, 3, 150, 32, "relu", "cross_entropy", "adam", 0.01, 100),
    Work("W3-tanh-adam", 4, 16, 3, 150, 32, "tanh", "cross_entropy", "adam", 0.01, 100),
    Work("W4", 64, 100, 10, 2000, 64, "relu", "cross_entropy", "sgd", 0.1, 20),
    Work("W5", 784, 128, 10, 10000, 128, "relu", "cross_entropy", "sgd", 0.1, 2),
    Work("W6", 784, 128, 10, 10000, 1, "relu", "cross_entropy", "sgd", 0.01, 1),
]


class Random:
    """Uniform numbers with 24 bits by splitmix64 (Steele, Lea and Flood, 2014), so that the data
    does not depend on NumPy's version; no function that rounds differently elsewhere."""

    def __init__(self, seed):
        self.state = seed << 40

    def uniform(self, *shape):
        """In [0, 1)."""
        count = int(np.prod(shape))
        z = np.arange(self.state + 1, self.state + count + 1, dtype=np.uint64)
        self.state += count
        z *= np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
        return (z >> np.uint64(40)).astype(np.float64).reshape(shape) * 2.0**-24

    def normal(self, *shape):
        """About normal: the sum of twelve, less six."""
        return self.uniform(12, *shape).sum(axis=0) - 6


def weights(random, outputs, inputs):
    """Glorot's uniform ones."""
    limit = (6 / (inputs + outputs)) ** 0.5
    return (2 * random.uniform(outputs, inputs) - 1) * limit


def article(_):
    """M. Mazur, "A Step by Step Backpropagation Example"."""
    parameters = [0.15, 0.2, 0.25, 0.3, 0.35, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.6]
    return parameters, [[0.05, 0.1]], [[0.01, 0.99]]


def xor(work):
    return start(work, 2), [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def start(work, seed):
    random = Random(seed)
    return np.concatenate(
        [
            weights(random, work.hidden, work.inputs).ravel(),
            np.zeros(work.hidden),
            weights(random, work.outputs, work.hidden).ravel(),
            np.zeros(work.outputs),
        ]
    )


def one_hot(work, labels):
    return np.eye(work.outputs)[labels]


def flowers(work):
    """Three classes in turn, normal around their means, as the irises are: one stands apart, two
    overlap, so that no network gets all of them right and the gradients never vanish."""
    means = np.array([[-0.8, 0.4, -2.3, -0.9], [0.1, -0.3, 0.5, 0.1], [0.7, -0.1, 1.8, 0.8]])
    labels = np.arange(work.samples) % 3
    inputs = means[labels] + 0.7 * Random(30).normal(work.samples, work.inputs)
    return start(work, 3), inputs, one_hot(work, labels)


def taught(work):
    """Normal inputs; the labels are what another network of the same shape, with weights that are
    four times as large, says of them."""
    random = Random(40)
    inputs = random.normal(work.samples, work.inputs)
    hidden = np.maximum(inputs @ weights(random, work.hidden, work.inputs).T, 0)
    labels = (hidden @ weights(random, work.outputs, work.hidden).T).argmax(axis=1)
    return start(work, 4), inputs, one_hot(work, labels)


def pixels(work):
    """As small pictures are: four of five pixels are 0, the others sixteenths up to 1. A class is
    which pixels tend to be set."""
    random = Random(50)
    chance = np.where(random.uniform(work.outputs, work.inputs) < 0.15, 0.6, 0.12)
    labels = (random.uniform(work.samples) * work.outputs).astype(int)
    is_set = random.uniform(work.samples, work.inputs) < chance[labels]
    value = np.floor(random.uniform(work.samples, work.inputs) * 16 + 1) / 16
    return start(work, 5), is_set * value, one_hot(work, labels)


DATA = {"W1": article, "W2": xor, "W3": flowers, "W4": taught, "W5": pixels, "W6": pixels}


def write(work, folder):
    parts = [np.asarray(part).ravel() for part in DATA[work.name.split("-")[0]](work)]
    values = np.concatenate(parts).astype(np.float32).astype("<f8")
    (folder / f"{work.name}.work").write_bytes(work.header().encode() + values.tobytes())


def read(path):
    """The work, and its arrays: w1, b1, w2, b2, inputs, targets."""
    content = pathlib.Path(path).read_bytes()
    header, _, rest = content.partition(b"\n")
    fields = dataclasses.fields(Work)
    work = Work(*(field.type(text) for field, text in zip(fields, header.decode().split())))
    shapes = [
        (work.hidden, work.inputs),
        (work.hidden,),
        (work.outputs, work.hidden),
        (work.outputs,),
        (work.samples, work.inputs),
        (work.samples, work.outputs),
    ]
    values = np.frombuffer(rest, dtype="<f8")
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    arrays = [part.reshape(shape) for part, shape in zip(np.split(values, ends[:-1]), shapes)]
    return work, arrays


def mean_error(work, parameters, inputs, targets):
    """The mean loss over all samples, in double whatever the parameters are."""
    w1, b1, w2, b2 = (np.asarray(part, dtype=np.float64) for part in parameters)
    net = inputs @ w1.T + b1
    hidden = {
        "sigmoid": lambda: 1 / (1 + np.exp(-net)),
        "tanh": lambda: np.tanh(net),
        "relu": lambda: np.maximum(net, 0),
    }[work.activation]()
    net = hidden @ w2.T + b2
    if work.loss == "squared_error":
        return 0.5 * np.square(1 / (1 + np.exp(-net)) - targets).sum() / work.samples
    net -= net.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(net).sum(axis=1))
    return (log_sum - (net * targets).sum(axis=1)).sum() / work.samples


def serve(work, train, error, at_once=0.002):
    """What bench/train/work.h says of a program's input and output; train(epochs) trains on, for
    at least so many seconds at a time."""
    chunk = 1
    train(work.check_epochs)
    print(f"checked {error():.17g}", flush=True)
    for line in sys.stdin:
        begin = last = time.perf_counter()
        cpu_begin = time.process_time()
        updates = 0
        while last - begin < float(line):
            train(chunk)
            updates += chunk * work.samples
            now = time.perf_counter()
            if now - last < at_once:
                chunk *= 2
            last = now
        wall, cpu = last - begin, time.process_time() - cpu_begin
        print(f"rate {error():.17g} {updates / wall:.6g} {updates / cpu:.6g}", flush=True)


if __name__ == "__main__":
    for each in WORKS:
        write(each, pathlib.Path(sys.argv[1]))
