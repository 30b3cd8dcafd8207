#!/usr/bin/env python3
"""Writes shapes_reference.inc beside this file: the shapes of nn/shapes.h computed a second time,
with mpmath, from TensorFlow Playground's formulas (dataset.ts), and scikit-learn's make_moons.

    /usr/bin/python3 tests/nn/reference/shapes_reference.py
"""
import contextlib
import io
import math
import os
import sys

from mpmath import cos, mp, mpf, pi, sin, sqrt
from sklearn.datasets import make_moons

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "data"))
with contextlib.redirect_stdout(io.StringIO()):
    from random_reference import draw, normal, unit

mp.dps = 40
SHAPE = 5


def uniform(seed, i, which):
    return [unit(bits) for bits in draw(seed, SHAPE, i, which, 0)]


def jitter(seed, i):
    return [2 * u - 1 for u in uniform(seed, i, 1)]


def place(rows, i):
    step = max(1, int(rows * 0.6180339887498949))
    while math.gcd(step, rows) != 1:
        step += 1
    return i * step % rows


def quadrants(rule):
    def sample(seed, noise, rows, i):
        size, move = uniform(seed, i, 0), jitter(seed, i)
        x = (1 if i % 2 else -1) * (mpf(0.3) + 5 * size[0])
        y = (1 if i // 2 % 2 else -1) * (mpf(0.3) + 5 * size[1])
        return [x, y, int(rule(x + 5 * move[0] * noise > 0, y + 5 * move[1] * noise > 0))]
    return sample


def circle(seed, noise, rows, i):
    a, b = uniform(seed, i, 0)
    move = jitter(seed, i)
    radius = mpf(7) / 2 + mpf(3) / 2 * a if i % 2 else mpf(5) / 2 * a
    x, y = radius * sin(2 * pi * b), radius * cos(2 * pi * b)
    distance = sqrt((x + 5 * move[0] * noise) ** 2 + (y + 5 * move[1] * noise) ** 2)
    return [x, y, int(distance < mpf(5) / 2)]


def gauss(seed, noise, rows, i):
    center, deviation = (-2 if i % 2 else 2), sqrt(mpf(1) / 2 + 7 * mpf(noise))
    return [center + deviation * normal(seed, SHAPE, i, 0),
            center + deviation * normal(seed, SHAPE, i, 1), 1 - i % 2]


def spiral(seed, noise, rows, i):
    k = place(rows, i)
    move = jitter(seed, i)
    along = mpf(k // 2) / (mpf(rows) / 2)
    angle = mpf(7) / 4 * along * 2 * pi + (pi if k % 2 else 0)
    return [5 * along * sin(angle) + move[0] * noise, 5 * along * cos(angle) + move[1] * noise,
            1 - k % 2]


def moons(seed, noise, rows, i):
    points, labels = make_moons(rows, shuffle=False)  # the upper one first
    k = place(rows, i)
    row = k // 2 if k % 2 else rows // 2 + k // 2
    return [mpf(points[row][0]) + noise * normal(seed, SHAPE, i, 0),
            mpf(points[row][1]) + noise * normal(seed, SHAPE, i, 1), int(labels[row])]


def sine(seed, noise, rows, i):
    x = pi * (2 * uniform(seed, i, 0)[0] - 1)
    return [x, sin(x) + noise * normal(seed, SHAPE, i, 1)]


SHAPES = {"xor": quadrants(lambda x, y: x != y), "and": quadrants(lambda x, y: x and y),
          "or": quadrants(lambda x, y: x or y), "circle": circle, "gauss": gauss, "spiral": spiral,
          "moons": moons, "sine": sine}
with open(os.path.join(HERE, "shapes_reference.inc"), "w", encoding="utf-8") as out:
    out.write("/* By shapes_reference.py. */\n")
    for name, shape in SHAPES.items():
        for seed, noise, rows in ((1, 0, 12), (2**64 - 3, 0.25, 101)):
            for i in (0, 1, 2, 3, 10, 11):
                values = ", ".join(repr(float(v)) for v in shape(seed, noise, rows, i))
                out.write(f"{{SHAPE_{name.upper()}, {seed}u, {noise}, {rows}, {i}, {{{values}}}}},\n")
