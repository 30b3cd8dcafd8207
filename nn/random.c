#include "nn/random.h"

#include <math.h>

#include "nn/math.h"

static void multiply(uint32_t a, uint32_t b, uint32_t *high, uint32_t *low)
{
    uint64_t product = (uint64_t)a * b;
    *high = (uint32_t)(product >> 32);
    *low = (uint32_t)product;
}

struct random_block philox4x32_10(struct random_block counter, uint32_t key0, uint32_t key1)
{
    uint32_t *word = counter.word;
    for (int round = 0; round < 10; round++) {
        uint32_t high0, low0, high1, low1;
        multiply(0xD2511F53, word[0], &high0, &low0);
        multiply(0xCD9E8D57, word[2], &high1, &low1);
        word[0] = high1 ^ word[1] ^ key0;
        word[1] = low1;
        word[2] = high0 ^ word[3] ^ key1;
        word[3] = low0;
        key0 += 0x9E3779B9; /* the golden ratio and sqrt(3) - 1, as 32-bit fractions */
        key1 += 0xBB67AE85;
    }
    return counter;
}

struct random_block random_draw(uint64_t seed, enum random_purpose purpose, uint64_t a, uint32_t b,
                                uint32_t c)
{
    struct random_block counter = {
        {(uint32_t)a, (uint32_t)(a >> 32), b, (uint32_t)purpose << 24 | c}};
    return philox4x32_10(counter, (uint32_t)seed, (uint32_t)(seed >> 32));
}

uint64_t random_bits(const struct random_block *block, size_t half)
{
    return (uint64_t)block->word[2 * half + 1] << 32 | block->word[2 * half];
}

double random_unit(uint64_t bits)
{
    return (double)(bits >> 11) * 0x1p-53;
}

double random_normal(uint64_t seed, enum random_purpose purpose, uint64_t a, uint32_t b)
{
    for (uint32_t attempt = 0;; attempt++) {
        struct random_block block = random_draw(seed, purpose, a, b, attempt);
        double u = 2 * random_unit(random_bits(&block, 0)) - 1;
        double v = 2 * random_unit(random_bits(&block, 1)) - 1;
        double square = u * u + v * v;
        if (square > 0 && square < 1)
            return u * sqrt(-2 * nn_log(square) / square);
    }
}

/* 0 .. bound - 1; bound <= 2^32, so that no value is likelier than another by more than 2^-32. */
static size_t below(uint64_t bits, uint64_t bound)
{
    return (size_t)((unsigned __int128)bits * bound >> 64);
}

/* Fisher-Yates with the blocks (key; purpose, a, place / 2, 0). */
static void permute(uint64_t key, enum random_purpose purpose, uint64_t a, size_t count,
                    size_t *order)
{
    for (size_t place = 0; place < count; place++)
        order[place] = place;
    struct random_block block = {{0}};
    for (size_t place = count; place-- > 1;) {
        /* A block serves two places: an odd one and the even one below it. */
        if (place % 2 == 1 || place == count - 1)
            block = random_draw(key, purpose, a, (uint32_t)(place / 2), 0);
        size_t other = below(random_bits(&block, place % 2), place + 1);
        size_t kept = order[place];
        order[place] = order[other];
        order[other] = kept;
    }
}

void random_permutation(uint64_t seed, uint64_t steps, uint64_t epoch, size_t count, size_t *order)
{
    struct random_block run = random_draw(seed, RANDOM_SHUFFLE, steps, 0, 0);
    permute(random_bits(&run, 0), RANDOM_SHUFFLE, epoch, count, order);
}

void random_split(uint64_t seed, size_t count, size_t *order)
{
    permute(seed, RANDOM_SPLIT, 0, count, order);
}

uint64_t random_dropout_key(uint64_t seed, uint64_t steps, uint32_t layer)
{
    struct random_block block = random_draw(seed, RANDOM_DROPOUT, steps, layer, 0);
    return random_bits(&block, 0);
}

void random_dropout(uint64_t key, uint32_t position, double p, size_t units, double *scale)
{
    double bound = p * 0x1p+32; /* exact, as is a word as a double */
    double kept = 1 / (1 - p);
    struct random_block block = {{0}};
    for (size_t j = 0; j < units; j++) {
        if (j % 4 == 0)
            block = random_draw(key, RANDOM_DROPOUT, (uint64_t)position << 32 | j / 4, 0, 1);
        scale[j] = block.word[j % 4] < bound ? 0 : kept;
    }
}
