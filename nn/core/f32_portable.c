#define REAL_BITS 32
#define VEC_KIND VEC_PORTABLE
#define CORE core_f32_portable
#include "nn/core/flavour.h"
