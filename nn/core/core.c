#include "nn/core/core.h"

extern const struct core core_f64_portable, core_f32_portable;
#if defined(__x86_64__)
extern const struct core core_f64_avx2, core_f64_avx512, core_f32_avx2, core_f32_avx512;
#endif

static const struct core *const cores[PRECISION_COUNT][SIMD_COUNT] = {
    [PRECISION_FLOAT64] = {[SIMD_PORTABLE] = &core_f64_portable,
#if defined(__x86_64__)
                           [SIMD_AVX2] = &core_f64_avx2,
                           [SIMD_AVX512] = &core_f64_avx512
#endif
    },
    [PRECISION_FLOAT32] = {[SIMD_PORTABLE] = &core_f32_portable,
#if defined(__x86_64__)
                           [SIMD_AVX2] = &core_f32_avx2,
                           [SIMD_AVX512] = &core_f32_avx512
#endif
    },
};

const struct core *core_of(enum precision precision)
{
    return core_of_simd(precision, simd_in_use());
}

const struct core *core_of_simd(enum precision precision, enum simd simd)
{
    return cores[precision][simd];
}
