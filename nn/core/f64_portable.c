#define REAL_BITS 64
#define VEC_KIND VEC_PORTABLE
#define CORE core_f64_portable
#include "nn/core/flavour.h"
