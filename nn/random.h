#ifndef NN_RANDOM_H
#define NN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Random numbers without state: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC11). The key is a seed; the counter says what the number is for, so that draws may
 * happen in any order, on any thread.
 *
 *   purpose         key              counter: a                b         c
 *   RANDOM_INIT     network's seed   unit << 32 | input        layer     attempt
 *   RANDOM_SHUFFLE  run's seed       steps                     0         0    -> the run's key
 *                   the run's key    epoch                     place/2   0
 *   RANDOM_DROPOUT  run's seed       steps                     layer     0    -> the layer's key
 *                   the layer's key  position << 32 | unit/4   0         1
 *   RANDOM_SPLIT    run's seed       0                         place/2   0
 *   RANDOM_SHAPE    shape's seed     sample                    which     attempt
 */
struct random_block {
    uint32_t word[4];
};

/* What a number is for: the highest byte of the counter, so that no two purposes share numbers. */
enum random_purpose {
    RANDOM_INIT = 1,
    RANDOM_SHUFFLE = 2,
    RANDOM_DROPOUT = 3,
    RANDOM_SPLIT = 4,
    RANDOM_SHAPE = 5,
};

/* The bare function, for its published test vectors. */
struct random_block philox4x32_10(struct random_block counter, uint32_t key0, uint32_t key1);

/* 128 random bits for (seed; purpose, a, b, c). The counter's words are the low and the high half
 * of a, then b, then purpose << 24 | c (c < 2^24); the key's are the halves of seed. */
struct random_block random_draw(uint64_t seed, enum random_purpose purpose, uint64_t a, uint32_t b,
                                uint32_t c);

/* The first (half 0) or last (half 1) 64 bits of a block; the earlier word is the lower one. */
uint64_t random_bits(const struct random_block *block, size_t half);

/* A double in [0, 1) with 53 random bits: the highest of `bits`. */
double random_unit(uint64_t bits);

/*
 * A normal number of mean 0 and variance 1, a function of the arguments alone: Marsaglia's polar
 * method, u * sqrt(-2 ln q / q) for the first (u, v) with 0 < q = u^2 + v^2 < 1, where attempt c
 * takes u and v, uniform in [-1, 1), from the halves of random_draw(seed, purpose, a, b, c).
 */
double random_normal(uint64_t seed, enum random_purpose purpose, uint64_t a, uint32_t b);

/*
 * A random permutation of 0 .. count - 1 (count < 2^32) by (seed, steps, epoch): Fisher-Yates from
 * the identity, from the last place down. `place` changes with floor(r * (place + 1) / 2^64), where
 * r is half place % 2 of the block for place / 2.
 */
void random_permutation(uint64_t seed, uint64_t steps, uint64_t epoch, size_t count, size_t *order);

/* Likewise the one by which a run's samples are split, by its seed alone: runs that go on from one
 * another with the same seed validate with the same samples. */
void random_split(uint64_t seed, size_t count, size_t *order);

/* What decides which units of a layer are dropped in the update after `steps` others: the first
 * half of the block for the layer. */
uint64_t random_dropout_key(uint64_t seed, uint64_t steps, uint32_t layer);

/*
 * What a layer's outputs are multiplied with for the sample at `position` (from 0) of its batch: 0
 * with probability p (in [0, 1)), else 1 / (1 - p). Unit j is dropped where word j % 4 of the block
 * for j / 4 is below p * 2^32. units <= 2^32.
 */
void random_dropout(uint64_t key, uint32_t position, double p, size_t units, double *scale);

#endif
