#ifndef NN_SIMD_H
#define NN_SIMD_H

#include <stdbool.h>

/* Vector widths. All give the same bits; they differ in speed. */
enum simd {
    SIMD_PORTABLE, /* 16 bytes, with fma() from libm where the compiler has no instruction for it */
    SIMD_AVX2,     /* 32 bytes; AVX2 and FMA */
    SIMD_AVX512,   /* 64 bytes; AVX-512 F, VL, DQ and BW */
    SIMD_COUNT
};

extern const char *const simd_names[SIMD_COUNT]; /* "portable", "avx2", "avx512" */

/* Whether this build has it, and this machine. */
bool simd_available(enum simd simd);

/* The widest one that is available. */
enum simd simd_widest(void);

/* The one in use: the widest, until simd_use() says otherwise. */
enum simd simd_in_use(void);

/* For every pass and trainer that is created from now on. It has to be available. Before other
 * threads run. */
void simd_use(enum simd simd);

#endif
