#!/usr/bin/env python3
"""Writes math_reference.inc: exp, log, sigmoid and tanh to 60 digits (mpmath), at the arguments
that are hard for an implementation and at random ones.

    python3 tests/nn/data/math_reference.py > tests/nn/data/math_reference.inc

A row is {function, x, nearest, rest}: f(x) is the double `nearest` plus `rest` of its units in the
last place.
"""
import math
import random

from mpmath import exp, log, mp, mpf, tanh

mp.dps = 60
MIN = 5e-324
MAX = 1.7976931348623157e308
NORMAL = 2.0**-1022


def near(x, steps=1):
    """x and its neighbours."""
    around, low, high = [x], x, x
    for _ in range(steps):
        low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
        around += [low, high]
    return around


def many(values, steps=1):
    return [y for x in values for y in near(x, steps)]


def signed(values):
    return [sign * x for x in values for sign in (1, -1)]


ln2 = math.log(2)
tiny = [MIN, NORMAL / 2, NORMAL, 1e-300, 1e-100, 1e-17, 2.0**-54, 2.0**-53, 2.0**-27, 1e-8, 1e-4]
# Where the reduced argument changes sides, and where it is nearly 0.
edges = [(k + 0.5) * ln2 for k in (0, 1, 2, 5, 51, 52, 53, 500)] + [
    k * ln2 for k in (1, 2, 3, 10, 53, 54, 700)]
# The double whose e^x is hardest to round (Lefevre and Muller, "Worst cases for correct rounding
# of the elementary functions in double precision", 2000).
worst = [7.5417527749959590085206221e-10]
# Where simpler forms of the functions were farthest off, of 6 * 10^7 random arguments.
far_sigmoid = [float.fromhex(x) for x in ("-0x1.3628a966188b4p+2", "-0x1.62a8c1d56aa09p+2")]
far_tanh = [float.fromhex(x) for x in ("0x1.a12e092e52c47p-3", "0x1.642f311686ff1p-3",
                                       "0x1.fbf7640f42f1ep-4")]
random.seed(1)

CASES = {
    "EXP": signed(tiny) + signed(many(edges)) + worst
    + many([709.0, 709.782712893384 - 1e-12, -708.0, -708.3964185322641, -709.0, -720.5, -740.0,
            -744.4400719213812, -745.1, 1.0, -1.0, 0.5, 100.0])
    + [random.uniform(-745, 709) for _ in range(60)] + [random.uniform(-1, 1) for _ in range(40)],
    "LOG": many([1.0, math.sqrt(2), math.sqrt(0.5), 2.0, 0.5, math.e], 3)
    + [1 + d for d in (1e-15, 1e-12, 1e-8, 1e-4, -1e-15, -1e-12, -1e-8, -1e-4)]
    + [MIN, 2 * MIN, 3 * MIN, NORMAL / 2, NORMAL - MIN, NORMAL, MAX, MAX / 2, 1e300, 1e-300, 10.0]
    + [2.0**k for k in (-1000, -100, -10, 10, 100, 1000)]
    + [random.uniform(0, 1) for _ in range(40)] + [math.exp(random.uniform(-700, 700))
                                                   for _ in range(60)],
    "SIGMOID": [0.0] + far_sigmoid + signed(tiny) + signed(many(edges[:-1]))
    + many([-745.1, -744.5, -720.5, -709.8, -709.7, -708.4, -100.0, -37.0, -36.7, 36.7, 37.0])
    + [1000.0] + [random.uniform(-745, 40) for _ in range(60)]
    + [random.uniform(-6, 6) for _ in range(60)],
    "TANH": far_tanh + signed(tiny) + signed(many([x / 2 for x in edges[:-1]] + [0.01, 0.1, 0.5, 1.0, 5.0]))
    + many([18.7, 19.0, 19.06, 19.07, 20.0, 22.0, 300.0])
    + signed([random.uniform(0, 20) for _ in range(60)])
    + [math.exp(random.uniform(-40, 0)) for _ in range(40)],
}

FUNCTIONS = {
    "EXP": exp,
    "LOG": log,
    "SIGMOID": lambda x: 1 / (1 + exp(-x)),
    "TANH": tanh,
}

print("/* Made by math_reference.py. */")
for name, arguments in CASES.items():
    for x in arguments:
        value = FUNCTIONS[name](mpf(x))
        nearest = float(value)
        rest = float((value - mpf(nearest)) / mpf(math.ulp(nearest)))
        print(f"{{{name}, {x.hex()}, {nearest.hex()}, {rest:.6f}}},")
