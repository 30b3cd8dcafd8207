#!/usr/bin/env python3
"""Writes elementary_reference.inc: the elementary functions to 60 digits (mpmath), at the arguments that
are hard for an implementation and at some random ones, for double and for float.

    python3 tests/nn/data/elementary_reference.py > tests/nn/data/elementary_reference.inc

A row is {precision, function, x, nearest, rest}: f(x) is the double `nearest` plus `rest` of its
units in the last place. Results beyond the largest number of the precision are left out.
"""
import math
import random
import struct

from mpmath import erf, erfc, exp, expm1, log, log1p, mp, mpf, pi, sqrt, tanh

mp.dps = 60


class Precision:
    def __init__(self, name, fraction, low_exponent):
        self.name = name
        self.fraction = fraction  # bits after the point
        self.normal = 2.0**low_exponent
        self.least = 2.0**(low_exponent - fraction)
        self.most = (2 - 2.0**-fraction) * 2.0**(1 - low_exponent)

    def round(self, x):
        return x if self.fraction == 52 else struct.unpack("f", struct.pack("f", x))[0]

    def next(self, x, direction):
        """The neighbour of x."""
        if self.fraction == 52:
            return math.nextafter(x, direction * math.inf)
        bits = struct.unpack("i", struct.pack("f", x))[0]
        if x == 0:
            return direction * self.least
        bits += direction if x > 0 else -direction
        return struct.unpack("f", struct.pack("i", bits))[0]

    def near(self, values):
        """The values and their neighbours."""
        around = []
        for x in values:
            x = self.round(x)
            around += [self.next(x, -1), x, self.next(x, 1)]
        return around


F64 = Precision("F64", 52, -1022)
F32 = Precision("F32", 23, -126)


def signed(values):
    return [sign * x for x in values for sign in (1, -1)]


def uniform(low, high, count):
    return [random.uniform(low, high) for _ in range(count)]


def logarithmic(low, high, count):
    return [math.exp(random.uniform(math.log(low), math.log(high))) for _ in range(count)]


def grid(steps, numbers):
    """Points of a table's grid, and midpoints, where the next row begins."""
    return [k / steps for k in numbers] + [(k + 0.5) / steps for k in numbers]


def cases(p):
    double = p is F64
    random.seed(1)
    ln2 = math.log(2)
    tiny = [p.least, 2 * p.least, p.normal / 2, p.normal, math.sqrt(p.normal), 2.0**-60, 2.0**-54,
            2.0**-53, 2.0**-27, 2.0**-24, 2.0**-12, 1e-4]
    # Where the reduced argument changes sides, and where it is nearly 0.
    edges = [(k + 0.5) * ln2 for k in (0, 1, 2, 5, 24, 51)] + [k * ln2 for k in (1, 2, 3, 53)]
    # ln of the largest, the smallest normal and half the smallest number
    high, low, zero = math.log(p.most), math.log(p.normal), math.log(p.least) - ln2
    table = grid(16, [0, 1, 2, 7, 33, 100, 400, 509, 510])
    # The double whose e^x is hardest to round (Lefevre and Muller, "Worst cases for correct
    # rounding of the elementary functions in double precision", 2000).
    worst = [7.5417527749959590085206221e-10]
    # Where simpler forms of the functions were farthest off, of 6 * 10^7 random arguments.
    far_sigmoid = [float.fromhex(x) for x in ("-0x1.3628a966188b4p+2", "-0x1.62a8c1d56aa09p+2")]
    far_tanh = [float.fromhex(x) for x in (
        "0x1.a12e092e52c47p-3", "0x1.642f311686ff1p-3", "0x1.fbf7640f42f1ep-4",
        "0x1.193d2ed616436p-1", "0x1.058a382ea550bp-2", "0x1.19334ap-1", "0x1.00001ap-6")]
    # Beyond it the normal distribution is 0 at the left.
    end = -38.56 if double else -14.24
    yield "EXP", (signed(tiny) + p.near(signed(edges)) + worst + p.near([high, low, zero])
                  + [high - 1e-3, low - 1, zero + ln2, zero + 1, zero + 5] + uniform(zero, high, 30)
                  + uniform(-1, 1, 20))
    yield "EXPM1", (signed(tiny) + p.near(signed(edges)) + p.near([high, -17, -37, -37.5, -50])
                    + [-100, -1000, low] + uniform(-5, high, 20) + uniform(-1, 1, 30)
                    + signed(logarithmic(p.least, 1, 10)))
    yield "LOG", (p.near([1, math.sqrt(2), math.sqrt(0.5), 2, 0.5, math.e, p.normal])
                  + [1 + d for d in signed([1e-15, 1e-12, 1e-6, 1e-4])]
                  + tiny + [3 * p.least, p.most, p.most / 2, 10] + uniform(0, 2, 30)
                  + logarithmic(p.least, p.most, 30))
    yield "LOG1P", (signed(tiny) + p.near([0.4142135623730951, -0.2928932188134524, 1, -0.5])
                    + [-1 + 2.0**-p.fraction, -1 + 2.0**(-p.fraction - 1), p.most, 1e30, 2.0**53,
                       2.0**54, 2.0**24] + uniform(-1, 1, 30) + logarithmic(p.least, p.most, 30))
    yield "SIGMOID", ([0] + far_sigmoid + signed(tiny) + p.near(signed(table))
                      + p.near(signed([31.9, 32, 37, 36.7]) + [low, zero])
                      + signed([1000, 745]) + [-100, zero + ln2, zero + 1] + uniform(zero, 40, 30)
                      + uniform(-6, 6, 30))
    yield "TANH", (far_tanh + signed(tiny) + p.near(signed([x / 2 for x in table]))
                   + p.near(signed([15.9, 16, 19.06])) + [20, 300] + uniform(-20, 20, 30)
                   + signed(logarithmic(2.0**-40, 1, 20)))
    yield "ERF", (signed(tiny) + p.near(signed([0.5, 1, 2, 4, 5.9, 6]))
                  + p.near(signed([x / math.sqrt(2) for x in grid(16, [10, 11, 20, 60])]))
                  + [27, 300] + uniform(-4, 4, 40) + signed(logarithmic(2.0**-40, 1, 20)))
    yield "NORMAL_CDF", ([0] + signed(tiny) + p.near(signed(grid(16, [0, 1, 2, 33, 100])))
                         + p.near([end, end + 0.01, end + 0.1, end + 1, -14.5, -39, 8.3, 9])
                         + [-1000] + uniform(end, 9, 40) + uniform(-3, 3, 20))
    yield "NORMAL_DENSITY", ([0] + signed(tiny) + p.near([end, end + 0.1, end + 1, 1, 2])
                             + [1000] + uniform(end, -end, 30) + uniform(-3, 3, 20))


FUNCTIONS = {
    "EXP": exp,
    "EXPM1": expm1,
    "LOG": log,
    "LOG1P": log1p,
    "SIGMOID": lambda x: 1 / (1 + exp(-x)),
    "TANH": tanh,
    "ERF": erf,
    "NORMAL_CDF": lambda x: erfc(-x / sqrt(2)) / 2,
    "NORMAL_DENSITY": lambda x: exp(-x * x / 2) / sqrt(2 * pi),
}

print("/* Made by elementary_reference.py. */")
for precision in (F64, F32):
    for name, arguments in cases(precision):
        for x in sorted(set(precision.round(float(x)) for x in arguments)):
            value = FUNCTIONS[name](mpf(x))
            if abs(value) > precision.most:
                continue
            nearest = float(value)
            rest = float((value - mpf(nearest)) / mpf(math.ulp(nearest)))
            print(f"{{{precision.name}, {name}, {x.hex()}, {nearest.hex()}, {rest:.4f}}},")
