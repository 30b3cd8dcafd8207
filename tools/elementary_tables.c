/*
 * elementary_tables >tables.c: the tables of nn/core/tables.h.
 *
 * Computed with + - * / of 128-bit numbers (113 bits, IEEE binary128) alone, so that every machine
 * that builds them makes the same bits: a cross build's host and its target, too.
 */
#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#include "nn/core/tables.h"

#if LDBL_MANT_DIG == 113
typedef long double quad;
#elif defined(__SIZEOF_FLOAT128__)
typedef __float128 quad;
#else
#error "no 128-bit floating point numbers on this machine: build the tables on another one"
#endif

/* A function's Taylor series f(a + d) = sum over n of c[n] d^n, the first terms of it. */
enum { TERMS = 24 };
struct series {
    quad c[TERMS];
};

/* e^x for |x| <= 1. */
static quad exp_small(quad x)
{
    quad sum = 1;
    for (int n = 40; n > 0; n--)
        sum = 1 + sum * x / n;
    return sum;
}

/* arctan(1 / n). */
static quad arctan_of_inverse(int n)
{
    quad sum = 0;
    quad power = (quad)1 / n;
    for (int k = 1; k < 120; k += 4) {
        sum += power / k;
        power /= n * n;
        sum -= power / (k + 2);
        power /= n * n;
    }
    return sum;
}

/* 1 / sqrt(2 pi): pi by Machin's formula, the root by Heron's. */
static quad normal_density_at_0(void)
{
    quad two_pi = 8 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239));
    quad root = 2.5;
    for (int i = 0; i < 8; i++)
        root = (root + two_pi / root) / 2;
    return 1 / root;
}

/* 1 / (1 + e^-x) around a <= 0; e is e^a. By s' = s - s^2, c[n+1] (n+1) = c[n] - sum c[i] c[n-i].
 */
static struct series sigmoid_series(quad e)
{
    struct series s;
    s.c[0] = e / (1 + e);
    for (int n = 0; n + 1 < TERMS; n++) {
        quad square = 0;
        for (int i = 0; i <= n; i++)
            square += s.c[i] * s.c[n - i];
        s.c[n + 1] = (s.c[n] - square) / (n + 1);
    }
    return s;
}

/* The series of -f(-x) around -a, given that of f around a. */
static struct series series_turned(const struct series *s)
{
    struct series turned = *s;
    for (int n = 0; n < TERMS; n += 2)
        turned.c[n] = -s->c[n];
    return turned;
}

/* m(x) = Phi(-x) e^(x^2/2) around a, given m(a). By m' = x m - 1 / sqrt(2 pi). */
static struct series tail_series(quad a, quad m)
{
    struct series s;
    s.c[0] = m;
    s.c[1] = a * m - normal_density_at_0();
    for (int n = 1; n + 1 < TERMS; n++)
        s.c[n + 1] = (a * s.c[n] + s.c[n - 1]) / (n + 1);
    return s;
}

static quad series_value(const struct series *s, quad d)
{
    quad sum = 0;
    for (int n = TERMS; n-- > 0;)
        sum = sum * d + s->c[n];
    return sum;
}

/* m(a) for large a: 1 / sqrt(2 pi) (1/a - 1/a^3 + 1*3/a^5 - 1*3*5/a^7 + ...). */
static quad tail_far_out(quad a)
{
    quad sum = 1;
    for (int n = 24; n > 0; n--)
        sum = 1 - (2 * n - 1) * sum / (a * a);
    return sum * normal_density_at_0() / a;
}

/*
 * Leaves the first `terms` terms, chosen so that the value for |d| <= h changes least: from the
 * last term down, c d^n becomes c d^n - c h^n T(d / h) / 2^(n-1), T being the n-th Chebyshev
 * polynomial, whose first coefficient is 2^(n-1) (C. Lanczos's telescoping).
 */
static void series_shorten(struct series *s, int terms, quad h)
{
    for (int n = TERMS - 1; n >= terms; n--) {
        /* T's coefficients from the highest: t[k-2] = -t[k] k (k-1) / ((n-k+2) (n+k-2)). */
        quad t = s->c[n];
        for (int k = n; k > 1; k -= 2) {
            t *= -h * h * k * (k - 1) / ((quad)(n - k + 2) * (n + k - 2));
            s->c[k - 2] -= t;
        }
        s->c[n] = 0;
    }
}

/*
 * What c[0] loses when it is rounded, the even terms give back away from a: of `lost`, s(d / h)
 * lost, where 1 - s is a Chebyshev polynomial, scaled: at most 0.41 for d / h from 1/4 to 1 in
 * double, 1/3 from 0.71 in float. It counts most where f falls below a power of 2 there, since its
 * last place is half of c[0]'s then.
 */
static void series_give_back(struct series *s, int terms, quad h, quad lost)
{
    static const int f64[] = {89376, -208896, 131072}; /* / 8177 */
    if (terms == ROW_F32) {
        s->c[2] += lost * 4 / (3 * h * h);
        return;
    }
    quad scale = lost / 8177;
    for (int n = 0; n < 3; n++) {
        scale /= h * h;
        s->c[2 * n + 2] += scale * f64[n];
    }
}

/* f(0) = 0 gets the sign of the 0 between them: products with it shall be -0, and so their sum with
 * -0. */
static void print_row(const struct series *s, int terms, quad h)
{
    struct series row = *s;
    series_shorten(&row, terms, h);
    quad lost = row.c[0] - (terms == ROW_F32 ? (quad)(float)row.c[0] : (quad)(double)row.c[0]);
    series_give_back(&row, terms, h, lost);
    if (row.c[0] == 0) {
        row.c[0] = -0.0;
        row.c[2] = row.c[4] = -0x1p-100;
    }
    printf("    {");
    for (int n = 0; n < terms; n++)
        if (terms == ROW_F32)
            printf("%a%s", (double)(float)row.c[n], n + 1 < terms ? ", " : "},\n");
        else
            printf("%a%s", (double)row.c[n], n + 1 < terms ? ", " : "},\n");
}

static void print_table(const char *name, const struct series *rows, int count, int terms, quad h)
{
    printf("\nconst %s %s_f%d[%d][%d] __attribute__((aligned(64))) = {\n",
           terms == ROW_F32 ? "float" : "double", name, terms == ROW_F32 ? 32 : 64, count, terms);
    for (int k = 0; k < count; k++)
        print_row(&rows[k], terms, h);
    printf("};\n");
}

static struct series sigmoids[TABLE_ROWS]; /* around (k - TABLE_MIDDLE) / SIGMOID_STEPS */
static struct series tanhs[TABLE_ROWS];    /* around half of that: TANH_STEPS is twice as many */
static struct series tails[TAIL_ROWS];     /* around k / TAIL_STEPS */

static void fill_sigmoids(void)
{
    quad step = exp_small((quad)-1 / SIGMOID_STEPS);
    quad e = 1;
    for (int k = 0; k <= TABLE_MIDDLE; k++, e *= step)
        sigmoids[TABLE_MIDDLE - k] = sigmoid_series(e);
    /* sigmoid(-x) = 1 - sigmoid(x) */
    for (int k = 1; k < TABLE_MIDDLE; k++) {
        sigmoids[TABLE_MIDDLE + k] = series_turned(&sigmoids[TABLE_MIDDLE - k]);
        sigmoids[TABLE_MIDDLE + k].c[0] += 1;
    }
}

/* tanh x = 2 sigmoid(2 x) - 1 */
static void fill_tanhs(void)
{
    for (int k = 0; k <= TABLE_MIDDLE; k++) {
        quad power = 2;
        for (int n = 0; n < TERMS; n++, power *= 2)
            tanhs[k].c[n] = power * sigmoids[k].c[n];
        tanhs[k].c[0] -= 1;
    }
    for (int k = 1; k < TABLE_MIDDLE; k++)
        tanhs[TABLE_MIDDLE + k] = series_turned(&tanhs[TABLE_MIDDLE - k]);
}

static void fill_tails(void)
{
    quad m = tail_far_out((quad)TAIL_ROWS / TAIL_STEPS);
    struct series next = tail_series((quad)TAIL_ROWS / TAIL_STEPS, m);
    /* Downwards, since upwards every error would grow as e^(x^2/2) does. */
    for (int k = TAIL_ROWS; k-- > 0;) {
        tails[k] = tail_series((quad)k / TAIL_STEPS, series_value(&next, (quad)-1 / TAIL_STEPS));
        next = tails[k];
    }
}

int main(void)
{
    fill_sigmoids();
    fill_tanhs();
    fill_tails();
    printf("/* Made by tools/elementary_tables.c. */\n#include \"nn/core/tables.h\"\n");
    quad sigmoid_reach = (quad)1 / (2 * SIGMOID_STEPS);
    quad tanh_reach = (quad)1 / (2 * TANH_STEPS);
    quad tail_reach = (quad)1 / (2 * TAIL_STEPS);
    print_table("sigmoid_table", sigmoids, TABLE_ROWS, ROW_F64, sigmoid_reach);
    print_table("sigmoid_table", sigmoids, TABLE_ROWS, ROW_F32, sigmoid_reach);
    print_table("tanh_table", tanhs, TABLE_ROWS, ROW_F64, tanh_reach);
    print_table("tanh_table", tanhs, TABLE_ROWS, ROW_F32, tanh_reach);
    print_table("normal_tail_table", tails, TAIL_ROWS, ROW_F64, tail_reach);
    print_table("normal_tail_table", tails, TAIL_ROWS, ROW_F32, tail_reach);
    return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
