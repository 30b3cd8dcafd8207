#!/usr/bin/env python3
"""Writes random_reference.inc: the scheme of nn/random.h and nn/init.h computed a second time, with
Python's own integers, fractions and mpmath's logarithm.

    python3 tests/nn/data/random_reference.py > tests/nn/data/random_reference.inc
"""
from mpmath import log, mp, mpf, sqrt

mp.dps = 40
INIT, SHUFFLE = 1, 2
WORD = 2**32


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b // WORD ^ c[1] ^ k[0], b % WORD, a // WORD ^ c[3] ^ k[1], a % WORD]
        k = [(k[0] + 0x9E3779B9) % WORD, (k[1] + 0xBB67AE85) % WORD]
    return c


def draw(seed, purpose, a, b, c):
    words = philox([a % WORD, a // WORD, b, purpose * 2**24 + c], [seed % WORD, seed // WORD])
    return [words[0] + WORD * words[1], words[2] + WORD * words[3]]


def unit(bits):
    return mpf(bits // 2**11) / 2**53


def permutation(seed, steps, epoch, count):
    key = draw(seed, SHUFFLE, steps, 0, 0)[0]
    order = list(range(count))
    for place in range(count - 1, 0, -1):
        bits = draw(key, SHUFFLE, epoch, place // 2, 0)[place % 2]
        other = bits * (place + 1) // 2**64
        order[place], order[other] = order[other], order[place]
    return order


def normal(seed, purpose, a, b):
    for attempt in range(2**24):
        u, v = (2 * unit(bits) - 1 for bits in draw(seed, purpose, a, b, attempt))
        q = u * u + v * v
        if 0 < q < 1:
            return u * sqrt(-2 * log(q) / q)


PERMUTATIONS = [(1, 0, 1), (1, 0, 2), (1, 7, 1), (2, 0, 1), (2**64 - 1, 2**64 - 1, 2**64 - 1)]
PLACES = [(1, 0, 0, 0), (1, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 1), (2**63 + 5, 63, 1, 9)]

print("/* Made by random_reference.py. */")
print("#ifdef PERMUTATION_ROWS")
for seed, steps, epoch in PERMUTATIONS:
    for count in (11, 12):
        order = ", ".join(map(str, permutation(seed, steps, epoch, count)))
        print(f"{{{seed}u, {steps}u, {epoch}u, {count}, {{{order}}}}},")
print("#else /* the weight of (seed, layer, unit, input): uniform in [0, 1), normal */")
for seed, layer, j, i in PLACES:
    a = 2**32 * j + i
    uniform = float(unit(draw(seed, INIT, a, layer, 0)[0]))
    print(f"{{{seed}u, {layer}, {j}u, {i}, {uniform!r}, {float(normal(seed, INIT, a, layer))!r}}},")
print("#endif")
