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

int main(void)
{
    test_known_answers();
    test_counter();
    test_unit();
    test_normal();
    test_permutation_reference();
    test_permutation_is_one();
    test_permutation_is_fair();
    return tap_done();
}
