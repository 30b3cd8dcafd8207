#!/usr/bin/env python3
"""Writes sgd_reference.inc: 25 updates of SGD in exact fractions, by the algorithm box of PyTorch's
documentation (torch.optim.SGD):

    g = gradient + weight_decay * w
    b = g at the first update, else momentum * b + (1 - dampening) * g     (where momentum != 0)
    g = g + momentum * b if nesterov else b
    w = w - lr * g

    python3 tests/nn/data/sgd_reference.py > tests/nn/data/sgd_reference.inc

The gradients are those of E(w) = (c w - t)^2 / 2 with a t that changes from update to update; c and
t are multiples of 1/64, so that the test makes the same ones in double arithmetic.
"""
from fractions import Fraction as F

UPDATES = 25
SHOWN = (1, 2, 3, 25)
START = [F(1, 2), F(-3, 4), F(2)]
CURVE = [F(1), F(1, 2), F(3, 4)]


def target(update, i):
    return F((update * 37 + i * 11) % 64 - 32, 64)


# learning_rate, momentum, dampening, weight_decay, nesterov
CASES = [
    (0.5, 0, 0, 0, False),
    (0.1, 0, 0, 0.25, False),
    (0.1, 0.9, 0, 0, False),
    (0.1, 0.9, 0.3, 0, False),
    (0.1, 0.9, 0.3, 0.05, False),
    (0.1, 0.9, 0, 0, True),
    (0.05, 0.75, 0, 0.125, True),
    (0, 0.9, 0, 0.1, False),
]

print("/* Made by sgd_reference.py. */")
for learning_rate, momentum, dampening, weight_decay, nesterov in CASES:
    lr, mu, tau, wd = F(learning_rate), F(momentum), F(dampening), F(weight_decay)
    w, b, shown = list(START), [None] * 3, []
    for update in range(1, UPDATES + 1):
        for i in range(3):
            g = CURVE[i] * (CURVE[i] * w[i] - target(update, i)) + wd * w[i]
            if mu != 0:
                b[i] = g if b[i] is None else mu * b[i] + (1 - tau) * g
                g = g + mu * b[i] if nesterov else b[i]
            w[i] -= lr * g
        if update in SHOWN:
            shown.append("{" + ", ".join(repr(float(x)) for x in w) + "}")
    print(f"{{{{OPTIMIZER_SGD, .learning_rate = {learning_rate}, .momentum = {momentum}, "
          f".dampening = {dampening}, .weight_decay = {weight_decay}, "
          f".nesterov = {str(nesterov).lower()}}}, {{{', '.join(shown)}}}}},")
