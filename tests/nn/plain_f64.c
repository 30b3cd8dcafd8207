#include <math.h>

typedef double real;
#define real_fma fma
#define PLAIN_PRECISION PRECISION_FLOAT64
#define PLAIN(name) name##_f64
#include "tests/nn/plain_real.h"
