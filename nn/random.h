#ifndef NN_RANDOM_H
#define NN_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/*
 * Random numbers without state: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
 * 1, 2, 3", SC11). The key is a seed; the counter says what the number is for, so that draws may
 * happen in any order, on any thread.
 */
struct random_block {
    uint32_t word[4];
};

/* What a number is for: the highest byte of the counter, so that no two purposes share numbers. */
enum random_purpose { RANDOM_INIT = 1, RANDOM_SHUFFLE = 2 };

/* The bare function, for its published test vectors. */
struct random_block philox4x32_10(struct random_block counter, uint32_t key0, uint32_t key1);

/* 128 random bits for (seed; purpose, a, b, c): purpose and c < 2^24 share a word, a is split over
 * two, b < 2^32 is one. */
struct random_block random_draw(uint64_t seed, enum random_purpose purpose, uint64_t a, uint32_t b,
                                uint32_t c);

/* A double in [0, 1) with 53 random bits, from 64 random bits. */
double random_unit(uint64_t bits);

/* A random permutation of 0 .. count - 1 (count < 2^32) by (seed, steps, epoch): Fisher-Yates from
 * the identity, from the last place down. */
void random_permutation(uint64_t seed, uint64_t steps, uint64_t epoch, size_t count, size_t *order);

#endif
