#include <math.h>

typedef float real;
#define real_fma fmaf
#define PLAIN_PRECISION PRECISION_FLOAT32
#define PLAIN(name) name##_f32
#include "tests/nn/plain_real.h"
