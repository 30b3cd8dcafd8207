#!/usr/bin/env python3
"""Writes what activations and losses are at the edges of the doubles, computed with 60 digits:

    activation_extremes.inc   f(net) and f'(net)
    loss_extremes.inc         binary_cross_entropy and cross_entropy: outputs, each output's share of
                              the loss, dE/dnet

    /usr/bin/python3 tests/nn/reference/extremes_reference.py
"""
import os

from mpmath import erfc, exp, expm1, log1p, mp, mpf, pi, sqrt, tanh

mp.dps = 60
HERE = os.path.dirname(os.path.abspath(__file__))
SELU_ALPHA = mpf("1.6732632423543772848170429916717")
SELU_SCALE = mpf("1.0507009873554804934193349852946")


def sigmoid(x):
    return 1 / (1 + exp(-x))


def normal_cdf(x):
    return erfc(-x / sqrt(mpf(2))) / 2


def normal_density(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


FORMULAS = {
    "SIGMOID": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "TANH": (tanh, lambda x: 4 * sigmoid(2 * x) * sigmoid(-2 * x)),
    "RELU": (lambda x: max(x, mpf(0)), lambda x: mpf(x > 0)),
    "LEAKY_RELU": (lambda x: x if x > 0 else x * mpf("0.01"),
                   lambda x: mpf(1) if x > 0 else mpf("0.01")),
    "ELU": (lambda x: x if x > 0 else expm1(x), lambda x: mpf(1) if x > 0 else exp(x)),
    "SELU": (lambda x: SELU_SCALE * (x if x > 0 else SELU_ALPHA * expm1(x)),
             lambda x: SELU_SCALE * (1 if x > 0 else SELU_ALPHA * exp(x))),
    "GELU": (lambda x: x * normal_cdf(x), lambda x: normal_cdf(x) + x * normal_density(x)),
    "SILU": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) * (1 + x * sigmoid(-x))),
    "SOFTPLUS": (lambda x: x if x > 20 else log1p(exp(x)),
                 lambda x: mpf(1) if x > 20 else sigmoid(x)),
    "IDENTITY": (lambda x: x, lambda x: mpf(1)),
}
SIZES = [2.0**-1074, 2.0**-1022, 2.0**-149, 2.0**-40, 2.0**-17, 8.0, 16.0, 19.9375, 20.0, 20.0625,
         30.0, 36.75, 40.0, 100.0, 708.0, 745.125, 1000.0, 1e6]


def text(x):
    return repr(float(x))


def texts(values):
    return "{" + ", ".join(text(value) for value in values) + "}"


def activations(write):
    for name, (f, slope) in FORMULAS.items():
        for x in sorted([-size for size in SIZES] + SIZES):
            write(f"{{ACTIVATION_{name}, {text(x)}, {text(f(mpf(x)))}, {text(slope(mpf(x)))}}},")


def binary_cross_entropy(write):
    for size in [0.0, 2.0**-30, 8.0, 20.0, 40.0, 100.0, 708.0, 745.125, 1000.0, 1e6]:
        for net in {size, -size}:
            for target in [0.0, 1.0, 2.0**-20, 1 - 2.0**-20]:
                x, t = mpf(net), mpf(target)
                share = t * log1p(exp(-x)) + (1 - t) * log1p(exp(x))
                write(f"{{LOSS_BINARY_CROSS_ENTROPY, 1, {{{text(net)}}}, {{{text(target)}}}, "
                      f"{{{text(sigmoid(x))}}}, {{{text(share)}}}, "
                      f"{{{text((1 - t) * sigmoid(x) - t * sigmoid(-x))}}}}},")


def cross_entropy(write):
    # No soft target is an output: o - t would be but rounding.
    nets = [(1e6, -1e6, 0), (-1e6, -1e6, -1e6), (1e6, 1e6, 0), (0, 30, -40), (-30, 0.5, 100),
            (1000, 999, -1000), (-745.125, 0, -740), (700, 710, 720), (0, 0, 0), (36.75, 0, 36.75),
            (2.0**-30, 0, -2.0**-30), (-1000, -1e6, 1000)]
    targets = [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0), (0.5, 0, 0.125), (2.0**-20, 1, 0)]
    for net in nets:
        powers = [exp(mpf(x) - mpf(max(net))) for x in net]
        total = sum(powers)
        out = [power / total for power in powers]
        for target in targets:
            shares, deltas = [], []
            for j in range(3):
                # -ln out_j, and out_j * sum of targets - t_j, without cancellation to speak of.
                others = sum(exp(mpf(x) - mpf(net[j])) for i, x in enumerate(net) if i != j)
                shares.append(mpf(target[j]) * log1p(others))
                rest = sum(out[i] for i in range(3) if i != j)
                far = sum(mpf(target[i]) for i in range(3) if i != j)
                deltas.append(out[j] * far - mpf(target[j]) * rest)
            write(f"{{LOSS_CROSS_ENTROPY, 3, {texts(net)}, {texts(target)}, {texts(out)}, "
                  f"{texts(shares)}, {texts(deltas)}}},")


def table(name, *makers):
    with open(os.path.join(HERE, name), "w") as file:
        print("/* Made by extremes_reference.py. */", file=file)
        for maker in makers:
            maker(lambda row: print(row, file=file))


table("activation_extremes.inc", activations)
table("loss_extremes.inc", binary_cross_entropy, cross_entropy)
