/* mk/core.mk compiles it so on x86-64; elsewhere it is empty. */
#if defined(__AVX2__) && defined(__FMA__)
#define REAL_BITS 64
#define VEC_KIND VEC_AVX2
#define CORE core_f64_avx2
#include "nn/core/flavour.h"
#endif
