#!/usr/bin/env python3
"""Prints the polynomials of nn/core/polynomials.h and nn/math.c: for each function the one of the
smallest largest error on its interval (Remez's exchange algorithm, 120 digits), its coefficients
rounded to the precision that they are for, and the error that is left after that.

    python3 tools/minimax.py
"""
import math
import struct

from mpmath import atanh, cos, erf, expm1, lu_solve, matrix, mp, mpf, pi, sin, sqrt

mp.dps = 120
POINTS = 1000


def value(coefficients, x):
    total = mpf(0)
    for c in reversed(coefficients):
        total = total * x + c
    return total


def remez(f, low, high, terms):
    """The coefficients of the polynomial of `terms` terms nearest to f on [low, high]."""
    low, high = mpf(low), mpf(high)
    grid = [(low + high) / 2 - (high - low) / 2 * cos(pi * i / POINTS) for i in range(POINTS + 1)]
    wanted = [f(x) for x in grid]
    places = [round(i * POINTS / terms) for i in range(terms + 1)]
    for _ in range(20):
        # f(x) - p(x) = +-e at terms + 1 places, of alternating sign.
        a = matrix(terms + 1, terms + 1)
        b = matrix(terms + 1, 1)
        for row, place in enumerate(places):
            for n in range(terms):
                a[row, n] = grid[place]**n
            a[row, terms] = (-1)**row
            b[row] = wanted[place]
        solution = lu_solve(a, b)
        p = [solution[n] for n in range(terms)]
        errors = [wanted[i] - value(p, x) for i, x in enumerate(grid)]
        # Between two changes of its sign the error has one extremum: the next place.
        runs = []
        for i, e in enumerate(errors):
            if runs and (errors[runs[-1]] > 0) == (e > 0):
                if abs(e) > abs(errors[runs[-1]]):
                    runs[-1] = i
            else:
                runs.append(i)
        if len(runs) != terms + 1 or runs == places:
            break
        places = runs
    return p


def rounded(c, bits):
    return float(c) if bits == 64 else struct.unpack("f", struct.pack("f", float(c)))[0]


def show(name, f, low, high, terms, bits):
    p = [rounded(c, bits) for c in remez(f, low, high, terms)]
    grid = [mpf(low) + (mpf(high) - mpf(low)) * i / POINTS for i in range(POINTS + 1)]
    error = max(abs(f(x) - value(p, x)) for x in grid)
    print(f"{name}, {bits} bits: error 2^{math.log2(error):.1f}")
    for c in p:
        text = c.hex()
        print("   ", f"REAL({text})," if bits == 64 else f"REAL({shorter(text)}),")


def shorter(text):
    """A float's digits without the zeros that a double adds."""
    digits, exponent = text.split("p")
    return digits.rstrip("0") + "p" + exponent


def away_from_zero(f):
    """f is smooth, but its formula divides 0 by 0 there."""
    return lambda x: f(x if abs(x) > mpf("1e-30") else mpf("1e-30"))


# (e^r - 1 - r) / r^2, |r| <= ln(2) / 2 and a little
exp_tail = away_from_zero(lambda r: (expm1(r) - r) / r**2)
# ln(1 + f) with s = f / (2 + f) is 2 s + s z log_tail(z), z = s^2; s <= (sqrt 2 - 1) / (sqrt 2 + 1)
log_tail = away_from_zero(lambda z: (2 * atanh(sqrt(z)) / sqrt(z) - 2) / z)
# erf(x) / x - 1 with z = x^2, |x| <= 1/2
erf_tail = away_from_zero(lambda z: erf(sqrt(z)) / sqrt(z) - 1)
# sin r = r + r z sin_tail(z), cos r = 1 - z / 2 + z^2 cos_tail(z); z = r^2, |r| <= pi / 4
sin_tail = away_from_zero(lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z)
cos_tail = away_from_zero(lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2)

show("exp", exp_tail, -0.3468, 0.3468, 11, 64)
show("exp", exp_tail, -0.3468, 0.3468, 6, 32)
show("log", log_tail, 0, 0.02945, 8, 64)
show("log", log_tail, 0, 0.02945, 4, 32)
show("erf", erf_tail, 0, 0.25, 10, 64)
show("erf", erf_tail, 0, 0.25, 6, 32)
show("sin", sin_tail, 0, 0.6169, 6, 64)
show("cos", cos_tail, 0, 0.6169, 6, 64)
