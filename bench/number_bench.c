/* Nanoseconds per number: ours beside libc's, over the same numbers in the same run. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/number.h"

enum { COUNT = 100000, ROUNDS = 7, TEXT_SIZE = NUMBER_MAX_LENGTH };

static double values[COUNT];
static char texts[COUNT][TEXT_SIZE]; /* the values, each with a NUL */
static volatile double sink;         /* keeps the compiler from leaving work out */

static uint64_t random_bits(void)
{
    static uint64_t state = 88172645463325252; /* any but 0; xorshift (G. Marsaglia) */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* 16 to 17 digits, as the parameters of a trained network have */
static double weight(void)
{
    return ((double)(random_bits() >> 11) * 0x1p-53 - 0.5) * 2;
}

/* two digits, as people type */
static double typed(void)
{
    return (double)(random_bits() % 100) / 100;
}

static double any_bits(void)
{
    double value;
    do {
        uint64_t bits = random_bits();
        memcpy(&value, &bits, sizeof(value));
    } while (!isfinite(value));
    return value;
}

static size_t write_ours(void)
{
    char text[NUMBER_MAX_LENGTH];
    size_t length = 0;
    for (size_t i = 0; i < COUNT; i++)
        length += number_write(values[i], text);
    return length;
}

static size_t write_libc(void)
{
    char text[TEXT_SIZE];
    size_t length = 0;
    for (size_t i = 0; i < COUNT; i++)
        length += (size_t)snprintf(text, sizeof(text), "%.17g", values[i]);
    return length;
}

static size_t read_ours(void)
{
    size_t length = 0;
    for (size_t i = 0; i < COUNT; i++) {
        double value = 0;
        const char *stop;
        number_read(texts[i], texts[i] + TEXT_SIZE, &value, &stop);
        length += (size_t)(stop - texts[i]);
        sink = value;
    }
    return length;
}

static size_t read_libc(void)
{
    size_t length = 0;
    for (size_t i = 0; i < COUNT; i++) {
        char *stop;
        sink = strtod(texts[i], &stop);
        length += (size_t)(stop - texts[i]);
    }
    return length;
}

/* The best of some rounds, in nanoseconds per number. */
static double measure(size_t (*work)(void))
{
    double best = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        struct timespec begin, end;
        clock_gettime(CLOCK_MONOTONIC, &begin);
        sink = (double)work();
        clock_gettime(CLOCK_MONOTONIC, &end);
        double elapsed =
            (double)(end.tv_sec - begin.tv_sec) * 1e9 + (double)(end.tv_nsec - begin.tv_nsec);
        best = fmin(best, elapsed / COUNT);
    }
    return best;
}

static void compare(const char *name, const char *what, size_t (*ours)(void), size_t (*libc)(void))
{
    double our_time = measure(ours);
    double libc_time = measure(libc);
    printf("%-14s %-28s %8.1f %8.1f %8.1f\n", name, what, our_time, libc_time,
           libc_time / our_time);
}

int main(void)
{
    static const struct {
        const char *name;
        double (*draw)(void);
    } kinds[] = {{"weights", weight}, {"typed", typed}, {"any double", any_bits}};

    printf("%-14s %-28s %8s %8s %8s\n", "numbers", "ns per number", "ours", "libc", "times");
    for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        for (size_t i = 0; i < COUNT; i++) {
            values[i] = kinds[kind].draw();
            texts[i][number_write(values[i], texts[i])] = '\0';
        }
        compare(kinds[kind].name, "number_write, %.17g", write_ours, write_libc);
        compare(kinds[kind].name, "number_read, strtod", read_ours, read_libc);
    }
    return 0;
}
