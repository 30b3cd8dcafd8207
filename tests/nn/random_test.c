#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "nn/random.h"
#include "tests/harness/tap.h"

/* Random123's kat_vectors (Salmon et al.), philox4x32 with 10 rounds. */
static const struct known_answer {
    uint32_t counter[4], key[2], answer[4];
} known_answers[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

static void test_known_answers(void)
{
    for (size_t i = 0; i < sizeof known_answers / sizeof *known_answers; i++) {
        const struct known_answer *row = &known_answers[i];
        struct random_block counter;
        memcpy(counter.word, row->counter, sizeof counter.word);
        struct random_block block = philox4x32_10(counter, row->key[0], row->key[1]);
        tap_ok(memcmp(block.word, row->answer, sizeof block.word) == 0, "Philox answer %zu", i);
    }
}

static void test_counter(void)
{
    struct random_block counter = {{0x55667788, 0x11223344, 0x99aabbcc, 0x02ddeeff}};
    struct random_block expected = philox4x32_10(counter, 0x89abcdef, 0x01234567);
    struct random_block block =
        random_draw(0x0123456789abcdef, RANDOM_SHUFFLE, 0x1122334455667788, 0x99aabbcc, 0xddeeff);
    tap_ok(memcmp(&block, &expected, sizeof block) == 0, "key and counter are as the header says");
    tap_ok(random_bits(&block, 0) == ((uint64_t)block.word[1] << 32 | block.word[0]) &&
               random_bits(&block, 1) == ((uint64_t)block.word[3] << 32 | block.word[2]),
           "halves of a block");
}

static void test_unit(void)
{
    tap_ok(random_unit(0) == 0, "the least unit is 0");
    tap_ok(random_unit(UINT64_MAX) == 1 - 0x1p-53, "the largest is below 1");
    tap_ok(random_unit((uint64_t)1 << 63) == 0.5, "the highest bit is a half");
    tap_ok(random_unit(2047) == 0 && random_unit(2048) == 0x1p-53, "53 bits count");
}

/* Moments of 10^6 draws, each within 5 standard errors of the normal distribution's. */
static void test_normal(void)
{
    enum { DRAWS = 1000000 };
    double moment[5] = {0};
    double beyond = 0; /* how many are farther than 2 from 0 */
    for (uint64_t i = 0; i < DRAWS; i++) {
        double z = random_normal(3, RANDOM_INIT, i, 0);
        double power = 1;
        for (int m = 0; m <= 4; m++, power *= z)
            moment[m] += power / DRAWS;
        beyond += fabs(z) > 2;
    }
    /* Variances of z, z^2, z^3, z^4 are 1, 2, 15, 96. */
    tap_near(moment[1], 0, 5e-3, "mean");
    tap_near(moment[2], 1, 5e-3 * sqrt(2), "variance");
    tap_near(moment[3], 0, 5e-3 * sqrt(15), "third moment");
    tap_near(moment[4], 3, 5e-3 * sqrt(96), "fourth moment");
    tap_near(beyond / DRAWS, 0.04550026, 5e-3 * sqrt(0.0455), "share beyond two deviations");
    tap_ok(random_normal(3, RANDOM_INIT, 77, 5) == random_normal(3, RANDOM_INIT, 77, 5),
           "the same draw twice");
}

static const struct permutation_row {
    uint64_t seed, steps, epoch;
    size_t count;
    size_t order[12];
} permutation_rows[] = {
#define PERMUTATION_ROWS
#include "tests/nn/data/random_reference.inc"
#undef PERMUTATION_ROWS
};

static const struct permutation_row split_rows[] = {
#define SPLIT_ROWS
#include "tests/nn/data/random_reference.inc"
#undef SPLIT_ROWS
};

static void test_permutation_reference(void)
{
    for (size_t i = 0; i < sizeof permutation_rows / sizeof *permutation_rows; i++) {
        const struct permutation_row *row = &permutation_rows[i];
        size_t order[12];
        random_permutation(row->seed, row->steps, row->epoch, row->count, order);
        tap_ok(memcmp(order, row->order, row->count * sizeof *order) == 0,
               "permutation of %zu by (%llu, %llu, %llu)", row->count,
               (unsigned long long)row->seed, (unsigned long long)row->steps,
               (unsigned long long)row->epoch);
    }
    for (size_t i = 0; i < sizeof split_rows / sizeof *split_rows; i++) {
        const struct permutation_row *row = &split_rows[i];
        size_t order[12];
        random_split(row->seed, row->count, order);
        tap_ok(memcmp(order, row->order, row->count * sizeof *order) == 0, "split of %zu by %llu",
               row->count, (unsigned long long)row->seed);
    }
}

static void test_permutation_is_one(void)
{
    static const size_t counts[] = {0, 1, 2, 3, 4, 100, 1001, 100000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        size_t count = counts[c];
        size_t *order = calloc(count + 1, sizeof *order);
        bool *seen = calloc(count + 1, sizeof *seen);
        size_t fresh = 0;
        random_permutation(9, 0, 1, count, order);
        for (size_t i = 0; i < count; i++) {
            fresh += order[i] < count && !seen[order[i]];
            seen[order[i] < count ? order[i] : count] = true;
        }
        tap_ok(fresh == count, "each of %zu samples comes once", count);
        free(order);
        free(seen);
    }
}

/* Each of the 24 orders of 4 comes about as often: chi-squared with 23 degrees of freedom is below
 * 49.73 in 99.9 % of all cases. */
static void test_permutation_is_fair(void)
{
    enum { EPOCHS = 48000, ORDERS = 24 };
    size_t counts[256] = {0};
    for (uint64_t epoch = 1; epoch <= EPOCHS; epoch++) {
        size_t order[4];
        random_permutation(5, 0, epoch, 4, order);
        counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    double expected = (double)EPOCHS / ORDERS;
    double chi_squared = 0;
    size_t orders = 0;
    for (size_t i = 0; i < 256; i++) {
        if (counts[i] == 0)
            continue;
        orders++;
        chi_squared += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    }
    tap_ok(orders == ORDERS, "all 24 orders of 4 come");
    tap_ok(chi_squared < 49.73, "about as often: chi-squared %.1f", chi_squared);
}

static const struct dropout_row {
    uint64_t seed, steps;
    uint32_t layer, position;
    double p;
    size_t units;
    uint32_t dropped; /* bit j is unit j */
} dropout_rows[] = {
#define DROPOUT_ROWS
#include "tests/nn/data/random_reference.inc"
#undef DROPOUT_ROWS
};

static void dropout(const struct dropout_row *row, double *scale)
{
    uint64_t key = random_dropout_key(row->seed, row->steps, row->layer);
    random_dropout(key, row->position, row->p, row->units, scale);
}

static void test_dropout_reference(void)
{
    for (size_t i = 0; i < sizeof dropout_rows / sizeof *dropout_rows; i++) {
        const struct dropout_row *row = &dropout_rows[i];
        double scale[33];
        scale[row->units] = 7;
        dropout(row, scale);
        bool right = scale[row->units] == 7;
        for (size_t j = 0; j < row->units; j++)
            right &= scale[j] == (row->dropped >> j & 1 ? 0 : 1 / (1 - row->p));
        tap_ok(right, "dropout %zu: the right units of %zu, the others scaled up", i, row->units);
    }
}

/* How many of 10^6 units are dropped, and with those of another row, is within 5 standard
 * deviations of independent ones; a layer of fewer units has the same first ones. */
static void test_dropout_is_fair(void)
{
    enum { UNITS = 1000000 };
    static const struct dropout_row base = {3, 4, 5, 6, 0.3, UNITS, 0};
    struct dropout_row rows[] = {base, base, base, base, base, base};
    rows[1].seed++;
    rows[2].steps++;
    rows[3].layer++;
    rows[4].position++;
    rows[5].units = 999;
    double *first = calloc(UNITS, sizeof *first);
    double *scale = calloc(UNITS, sizeof *scale);
    dropout(&base, first);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t count = 0, both = 0, same = 0;
        dropout(&rows[i], scale);
        for (size_t j = 0; j < rows[i].units; j++) {
            count += scale[j] == 0;
            both += scale[j] == 0 && first[j] == 0;
            same += scale[j] == first[j];
        }
        double deviation = 5 * sqrt(0.3 * 0.7 / UNITS);
        if (i == 0)
            tap_ok(same == UNITS, "the same twice");
        if (i < 5)
            tap_near((double)count / UNITS, 0.3, deviation, "row %zu: three of ten are dropped", i);
        if (i > 0 && i < 5)
            tap_near((double)both / UNITS, 0.09, 5 * sqrt(0.09 * 0.91 / UNITS),
                     "row %zu: others than in row 0", i);
        if (i == 5)
            tap_ok(same == 999, "the first units of a smaller layer are dropped alike");
    }
    free(first);
    free(scale);
}

/* Nothing at p = 0, all but the largest words just below 1. */
static void test_dropout_edges(void)
{
    double scale[1000];
    size_t kept = 0, zeros = 0;
    random_dropout(1, 0, 0, 1000, scale);
    for (size_t j = 0; j < 1000; j++)
        kept += scale[j] == 1;
    tap_ok(kept == 1000, "p = 0 drops none");
    random_dropout(1, 0, 1 - 0x1p-53, 1000, scale);
    for (size_t j = 0; j < 1000; j++)
        zeros += scale[j] == 0;
    tap_ok(zeros == 1000, "the largest p drops all");
    /* A word is below p * 2^32, not below its whole part. */
    struct random_block block = random_draw(1, RANDOM_DROPOUT, (uint64_t)9 << 32 | 2, 0, 1);
    double word = block.word[3];
    random_dropout(1, 9, word * 0x1p-32, 12, scale);
    tap_ok(scale[11] != 0, "a word that is p * 2^32 is not below it");
    random_dropout(1, 9, (word + 0.25) * 0x1p-32, 12, scale);
    tap_ok(scale[11] == 0, "one that is a quarter less is");
    scale[0] = 7;
    random_dropout(1, 9, 0.5, 0, scale);
    tap_ok(scale[0] == 7, "no units");
}

int main(void)
{
    test_known_answers();
    test_counter();
    test_unit();
    test_normal();
    test_permutation_reference();
    test_permutation_is_one();
    test_permutation_is_fair();
    test_dropout_reference();
    test_dropout_is_fair();
    test_dropout_edges();
    return tap_done();
}
