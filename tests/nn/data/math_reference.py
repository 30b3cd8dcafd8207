#!/usr/bin/env python3
"""Writes cos_reference.inc and power_reference.inc beside itself: cosines and powers to 60 digits
(mpmath).

    python3 tests/nn/data/math_reference.py

A row of cosines is {x, nearest, rest}: cos(x) is the double `nearest` plus `rest` of its units in
the last place. A row of powers is {x, n, nearest}.
"""
import math
import pathlib
import random

from mpmath import cos, mp, mpf

mp.dps = 60
random.seed(1)
folder = pathlib.Path(__file__).parent


def near(values):
    """The values and their neighbours."""
    return [y for x in values
            for y in (math.nextafter(x, -math.inf), x, math.nextafter(x, math.inf))]


arguments = [0.0, 5e-324, 1e-300, 1e-10, 1e-8, 1e-4, -1.0]
# Where the reduced argument changes sides, and where the cosine is nearly 0 or 1.
arguments += near([k * math.pi / 4 for k in range(1, 10)])
arguments += near([k * math.pi / 2 for k in (11, 101, 1001, 4001, 600001)])
# Nearest to a multiple of pi / 2 of all doubles near its size (J.-M. Muller, "Elementary
# Functions", chapter on range reduction, gives the method).
arguments += [6381956970095103 * 2.0**-50, 1048575.9, -1048576.0]
arguments += [random.uniform(0, 2 * math.pi) for _ in range(60)]
arguments += [random.uniform(0, 20000) for _ in range(60)]
with open(folder / "cos_reference.inc", "w") as out:
    print("/* Made by math_reference.py. */", file=out)
    for x in arguments:
        value = cos(mpf(x))
        nearest = float(value)
        rest = float((value - mpf(nearest)) / mpf(math.ulp(nearest)))
        print(f"{{{x.hex()}, {nearest.hex()}, {rest:.4f}}},", file=out)

# Adam's constants, a schedule's gamma, and others.
powers = [(x, n) for x in (0.9, 0.999, 0.99, 0.5, 0.1, 0.95, 1 - 2.0**-20)
          for n in (1, 2, 3, 7, 10, 99, 100, 1000, 6000)]
powers += [(x, n) for x in (0.9999, 1 - 2.0**-20, 1 - 2.0**-40, 1 + 2.0**-40)
           for n in (12345, 10**5, 10**6)]
powers += [(1 - 2.0**-40, 10**9), (1 - 2.0**-40, 10**12), (-0.5, 3), (-3.0, 20), (10.0, 300)]
powers += [(random.uniform(0.5, 1.5), random.randrange(1000)) for _ in range(200)]
with open(folder / "power_reference.inc", "w") as out:
    print("/* Made by math_reference.py. */", file=out)
    for x, n in powers:
        value = mpf(x)**n
        if value == 0 or 1e-300 < abs(value) < 1e300:
            print(f"{{{x.hex()}, {n}, {float(value).hex()}}},", file=out)
