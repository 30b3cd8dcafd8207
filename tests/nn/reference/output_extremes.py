#!/usr/bin/env python3
"""Writes output_extremes.inc: outputs, losses and deltas of output layers whose nets are far out, by
mpmath with 60 digits, for tests/nn/extremes_test.c.

    /usr/bin/python3 tests/nn/reference/output_extremes.py > tests/nn/reference/output_extremes.inc

A sigmoid layer has one unit and binary_cross_entropy, a softmax layer three and cross_entropy.
"""
import mpmath
from mpmath import mpf

mpmath.mp.dps = 60

SIGMOID_NETS = [0.0, -0.0, 1e-300, 1.0, -1.0, 16.0, -16.0, 36.0, -36.0, 40.0, -40.0, 80.0, -80.0,
                700.0, -700.0, 740.0, -740.0, 745.0, -745.0, 1000.0, -1000.0, 1e6, -1e6, 1e30, -1e30]
SIGMOID_TARGETS = [0.0, 1.0, 0.25]
SOFTMAX_NETS = [(0.0, -0.0, 0.0), (1e6, -1e6, 0.0), (-1e6, -1e6, 1e6), (1e6, 1e6, 1e6),
                (1000.0, 999.0, 0.0), (-1000.0, -1001.0, -999.0), (40.0, 0.0, -40.0),
                (700.0, 0.0, -40.0), (0.0, 745.0, 1.0), (1e30, 1.0, -1e30), (20.0, 20.0, 0.0)]
SOFTMAX_TARGETS = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.25, 0.25, 0.5)]


def number(x):
    """The nearest double; the literal keeps a negative zero."""
    return repr(float(x))


def numbers(values):
    return "{" + ", ".join(number(x) for x in values) + "}"


def row(activation, loss, nets, targets, outs, error, deltas):
    print("{ACTIVATION_%s, LOSS_%s, %d, %s, %s,\n %s, %s, %s}," %
          (activation, loss, len(nets), numbers(nets), numbers(targets), numbers(outs),
           number(error), numbers(deltas)))


def softplus(x):
    """ln(1 + e^x) without e^x where it is beyond mpmath's patience."""
    return max(x, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


def sigmoid_row(net, target):
    x, t = mpf(net), mpf(target)
    out, rest = 1 / (1 + mpmath.exp(-x)), 1 / (1 + mpmath.exp(x))
    error = t * softplus(-x) + (1 - t) * softplus(x)
    delta = (1 - t) * out - t * rest
    row("SIGMOID", "BINARY_CROSS_ENTROPY", [net], [target], [out], error, [delta])


def softmax_row(nets, targets):
    x, t = [mpf(net) for net in nets], [mpf(target) for target in targets]
    top = max(x)
    powers = [mpmath.exp(net - top) for net in x]
    # A sum's small part: the number of the largest ones is exact, and all others are small beside it.
    tops = sum(1 for net in x if net == top)
    rest = sum(p for net, p in zip(x, powers) if net != top)
    log_sum = mpmath.log(tops) + mpmath.log1p(rest / tops)
    outs = [p / (tops + rest) for p in powers]
    error = sum(target * (log_sum - (net - top)) for net, target in zip(x, t))
    deltas = []
    for j, target in enumerate(t):
        others = sum(p for k, p in enumerate(powers) if k != j) / (tops + rest)  # 1 - out
        deltas.append(outs[j] * (sum(t) - target) - target * others)
    row("SOFTMAX", "CROSS_ENTROPY", nets, targets, outs, error, deltas)


def main():
    print("/* Made by output_extremes.py with mpmath %s. */" % mpmath.__version__)
    for net in SIGMOID_NETS:
        for target in SIGMOID_TARGETS:
            sigmoid_row(net, target)
    for nets in SOFTMAX_NETS:
        for targets in SOFTMAX_TARGETS:
            softmax_row(nets, targets)


main()
