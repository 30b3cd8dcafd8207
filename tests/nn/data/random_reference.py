#!/usr/bin/env python3
"""Writes random_reference.inc: the scheme of nn/random.h and nn/init.h computed a second time, with
Python's own integers, fractions and mpmath's logarithm.

    python3 tests/nn/data/random_reference.py > tests/nn/data/random_reference.inc
"""
from fractions import Fraction

from mpmath import log, mp, mpf, sqrt

mp.dps = 40
INIT, SHUFFLE, DROPOUT, SPLIT = 1, 2, 3, 4
WORD = 2**32


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b // WORD ^ c[1] ^ k[0], b % WORD, a // WORD ^ c[3] ^ k[1], a % WORD]
        k = [(k[0] + 0x9E3779B9) % WORD, (k[1] + 0xBB67AE85) % WORD]
    return c


def block(seed, purpose, a, b, c):
    return philox([a % WORD, a // WORD, b, purpose * 2**24 + c], [seed % WORD, seed // WORD])


def draw(seed, purpose, a, b, c):
    words = block(seed, purpose, a, b, c)
    return [words[0] + WORD * words[1], words[2] + WORD * words[3]]


def unit(bits):
    return mpf(bits // 2**11) / 2**53


def permute(key, purpose, a, count):
    order = list(range(count))
    for place in range(count - 1, 0, -1):
        bits = draw(key, purpose, a, place // 2, 0)[place % 2]
        other = bits * (place + 1) // 2**64
        order[place], order[other] = order[other], order[place]
    return order


def permutation(seed, steps, epoch, count):
    return permute(draw(seed, SHUFFLE, steps, 0, 0)[0], SHUFFLE, epoch, count)


def dropped(seed, steps, layer, position, p, units):
    """Bit j is unit j."""
    key = draw(seed, DROPOUT, steps, layer, 0)[0]
    words = [block(key, DROPOUT, 2**32 * position + j // 4, 0, 1)[j % 4] for j in range(units)]
    return sum(2**j for j, word in enumerate(words) if word < Fraction(p) * 2**32)


def normal(seed, purpose, a, b):
    for attempt in range(2**24):
        u, v = (2 * unit(bits) - 1 for bits in draw(seed, purpose, a, b, attempt))
        q = u * u + v * v
        if 0 < q < 1:
            return u * sqrt(-2 * log(q) / q)


PERMUTATIONS = [(1, 0, 1), (1, 0, 2), (1, 7, 1), (2, 0, 1), (2**64 - 1, 2**64 - 1, 2**64 - 1)]
DROPOUTS = [
    (1, 0, 0, 0, 0.5, 32),
    (1, 1, 0, 0, 0.5, 32),
    (1, 0, 1, 0, 0.5, 32),
    (1, 0, 0, 1, 0.5, 32),
    (2, 0, 0, 0, 0.5, 31),
    (7, 3, 2, 1, 0.1, 30),
    (7, 3, 2, 1, 0.9, 29),
    (2**64 - 1, 2**64 - 1, 2**32 - 1, 2**32 - 1, 0.25, 32),
]
PLACES = [(1, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1), (2**63 + 5, 63, 1, 9)]

print("/* Made by random_reference.py. */")
print("#ifdef PERMUTATION_ROWS")
for seed, steps, epoch in PERMUTATIONS:
    for count in (11, 12):
        order = ", ".join(map(str, permutation(seed, steps, epoch, count)))
        print(f"{{{seed}u, {steps}u, {epoch}u, {count}, {{{order}}}}},")
print("#elif defined SPLIT_ROWS")
for seed, *_ in PERMUTATIONS[2:]:
    for count in (11, 12):
        order = ", ".join(map(str, permute(seed, SPLIT, 0, count)))
        print(f"{{{seed}u, 0, 0, {count}, {{{order}}}}},")
print("#elif defined DROPOUT_ROWS /* (seed, steps, layer, position), p, units: which are dropped */")
for seed, steps, layer, position, p, units in DROPOUTS:
    bits = dropped(seed, steps, layer, position, p, units)
    print(f"{{{seed}u, {steps}u, {layer}u, {position}u, {p}, {units}, {bits:#010x}}},")
print("#else /* the weight of (seed, layer, unit, input): uniform in [0, 1), normal */")
for seed, layer, j, i in PLACES:
    a = 2**32 * j + i
    uniform = float(unit(draw(seed, INIT, a, layer, 0)[0]))
    print(f"{{{seed}u, {layer}, {j}u, {i}, {uniform!r}, {float(normal(seed, INIT, a, layer))!r}}},")
print("#endif")
