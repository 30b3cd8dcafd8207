/*
 * One flavour of the kernels: a file that sets REAL_BITS, VEC_KIND and CORE includes this, and so
 * compiles all of nn/core for one precision and vector width.
 */
#include "nn/core/vec.h"

#include "nn/core/activation.h"
#include "nn/core/core.h"
#include "nn/core/elementary.h"
#include "nn/core/loss.h"
#include "nn/core/online.h"
#include "nn/core/optimizer.h"
#include "nn/core/pack.h"
#include "nn/core/pass.h"
#include "nn/core/tiny.h"
#include "nn/core/train.h"
#include "nn/core/update.h"

INLINE void elementary_apply(vec (*f)(vec), const real *x, real *y, size_t count)
{
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, f(vec_load(x + i)));
    if (i < count)
        vec_store_part(y + i, f(vec_load_part(x + i, count - i)), count - i);
}

static void elementary_values(enum elementary f, const void *x, void *y, size_t count)
{
    switch (f) {
    case ELEMENTARY_EXP:
        elementary_apply(vec_exp, x, y, count);
        break;
    case ELEMENTARY_EXPM1:
        elementary_apply(vec_expm1, x, y, count);
        break;
    case ELEMENTARY_LOG:
        elementary_apply(vec_log, x, y, count);
        break;
    case ELEMENTARY_LOG1P:
        elementary_apply(vec_log1p, x, y, count);
        break;
    case ELEMENTARY_SIGMOID:
        elementary_apply(vec_sigmoid, x, y, count);
        break;
    case ELEMENTARY_TANH:
        elementary_apply(vec_tanh, x, y, count);
        break;
    case ELEMENTARY_ERF:
        elementary_apply(vec_erf, x, y, count);
        break;
    case ELEMENTARY_NORMAL_CDF:
        elementary_apply(vec_normal_cdf, x, y, count);
        break;
    case ELEMENTARY_NORMAL_DENSITY:
        elementary_apply(vec_normal_density, x, y, count);
        break;
    case ELEMENTARY_COUNT:
        break;
    }
}

static bool core_train(struct workspace *ws, struct burst *burst)
{
    burst->updates_done = 0;
    burst->epochs_done = 0;
    if (online_fits(ws, burst) && tiny_fits(ws))
        return tiny_train(ws, burst);
    if (online_fits(ws, burst) && deltas_show(ws))
        return online_train(ws, burst);
    return batch_train(ws, burst);
}

#if REAL_BITS == 64
#define CORE_PRECISION PRECISION_FLOAT64
#else
#define CORE_PRECISION PRECISION_FLOAT32
#endif
#if VEC_KIND == VEC_AVX512
#define CORE_SIMD SIMD_AVX512
#elif VEC_KIND == VEC_AVX2
#define CORE_SIMD SIMD_AVX2
#else
#define CORE_SIMD SIMD_PORTABLE
#endif

extern const struct core CORE;
const struct core CORE = {
    .precision = CORE_PRECISION,
    .simd = CORE_SIMD,
    .real_size = sizeof(real),
    .elementary = elementary_values,
    .activation_forward = core_activation_forward,
    .activation_backward = core_activation_backward,
    .loss_errors = core_loss_errors,
    .loss_deltas = core_loss_deltas,
    .optimizer_update = core_optimizer_update,
    .pack = core_pack,
    .pack_parameters = core_pack_parameters,
    .unpack = core_unpack,
    .convert = core_convert,
    .read_rows = core_read_rows,
    .forward = core_forward,
    .errors = core_errors,
    .deltas = core_deltas,
    .gradient = core_gradient,
    .gradient_finish = core_gradient_finish,
    .clip = core_clip,
    .update = core_update,
    .train = core_train,
};
