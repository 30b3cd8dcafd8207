#if defined(__AVX512F__) /* mk/core.mk compiles it so on x86-64; elsewhere it is empty */
#define REAL_BITS 32
#define VEC_KIND VEC_AVX512
#define CORE core_f32_avx512
#include "nn/core/flavour.h"
#endif
