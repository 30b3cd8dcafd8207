/* 16 bytes, by what gcc and clang know of vectors on every machine; NEON on ARM. */

typedef real vec __attribute__((vector_size(16)));
typedef ureal bits __attribute__((vector_size(16)));
typedef bits mask; /* all ones or zeros */
enum { LANES = sizeof(vec) / sizeof(real) };

INLINE vec vec_set(real x)
{
    return x - (vec){0}; /* exact, and -0 stays -0 */
}

INLINE bits bits_set(ureal x)
{
    return x - (bits){0};
}

INLINE vec vec_load(const real *p)
{
    vec x;
    memcpy(&x, p, sizeof x);
    return x;
}

INLINE void vec_store(real *p, vec x)
{
    memcpy(p, &x, sizeof x);
}

/* The first `count` lanes; zeros in the others. */
INLINE vec vec_load_part(const real *p, size_t count)
{
    vec x = {0};
    for (size_t i = 0; i < LANES; i++)
        if (i < count)
            x[i] = p[i];
    return x;
}

INLINE void vec_store_part(real *p, vec x, size_t count)
{
    for (size_t i = 0; i < LANES; i++)
        if (i < count)
            p[i] = x[i];
}

/* x with zeros from lane `count` on. */
INLINE vec vec_part(vec x, size_t count)
{
    for (size_t i = 0; i < LANES; i++)
        x[i] = i < count ? x[i] : 0;
    return x;
}

#if defined(__aarch64__)
#include <arm_neon.h>
INLINE vec vec_fma(vec a, vec b, vec c)
{
#if REAL_BITS == 64
    return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#else
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#endif
}
#else
INLINE vec vec_fma(vec a, vec b, vec c)
{
    vec x;
    for (size_t i = 0; i < LANES; i++)
        x[i] = REAL_BITS == 64 ? (real)fma(a[i], b[i], c[i])
                               : (real)fmaf((float)a[i], (float)b[i], (float)c[i]);
    return x;
}
#endif

INLINE vec vec_sqrt(vec a)
{
    for (size_t i = 0; i < LANES; i++)
        a[i] = REAL_BITS == 64 ? (real)sqrt(a[i]) : (real)sqrtf((float)a[i]);
    return a;
}

INLINE bits vec_bits(vec x)
{
    return (bits)x;
}

INLINE vec vec_of(bits x)
{
    return (vec)x;
}

INLINE mask vec_less(vec a, vec b)
{
    return (mask)(a < b);
}

INLINE mask vec_less_equal(vec a, vec b)
{
    return (mask)(a <= b);
}

INLINE mask vec_equal(vec a, vec b)
{
    return (mask)(a == b);
}

INLINE mask mask_and(mask a, mask b)
{
    return a & b;
}

INLINE mask mask_not(mask a)
{
    return ~a;
}

INLINE bool mask_any(mask a)
{
    ureal any = 0;
    for (size_t i = 0; i < LANES; i++)
        any |= a[i];
    return any != 0;
}

/* Lane by lane: a where the condition holds, else b. */
INLINE vec vec_select(mask condition, vec a, vec b)
{
    return (vec)(((bits)a & condition) | ((bits)b & ~condition));
}

INLINE vec vec_max(vec a, vec b)
{
    return vec_select((mask)(a > b), a, b);
}

INLINE vec vec_min(vec a, vec b)
{
    return vec_select((mask)(a < b), a, b);
}
