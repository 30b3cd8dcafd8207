#include "nn/simd.h"

const char *const simd_names[SIMD_COUNT] = {
    [SIMD_PORTABLE] = "portable",
    [SIMD_AVX2] = "avx2",
    [SIMD_AVX512] = "avx512",
};

bool simd_available(enum simd simd)
{
#if defined(__x86_64__)
    if (simd == SIMD_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (simd == SIMD_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
    return simd == SIMD_PORTABLE;
}

enum simd simd_widest(void)
{
    enum simd widest = SIMD_COUNT - 1;
    while (!simd_available(widest))
        widest--;
    return widest;
}

/* Written by simd_use() alone, before other threads run; SIMD_COUNT: the widest. */
static enum simd in_use = SIMD_COUNT;

enum simd simd_in_use(void)
{
    return in_use == SIMD_COUNT ? simd_widest() : in_use;
}

void simd_use(enum simd simd)
{
    in_use = simd;
}
