#ifndef NN_CORE_TABLES_H
#define NN_CORE_TABLES_H

/*
 * Polynomials of nn/core/elementary.h: a row for each point a of a grid, such that for every d of
 * at most half a step (sigmoid_table: and some 3 % more)
 *
 *   f(a + d) = row[0] + row[1] d + row[2] d^2 + ...
 *
 * They are the Taylor series around a, shortened as tools/elementary_tables.c tells, which makes
 * them while we build. Errors beside the rounding of row[0]: below 2^-58 of f in double (ROW_F64
 * terms), 2^-27 in float (ROW_F32).
 */
enum {
    ROW_F64 = 8,
    ROW_F32 = 4,
    TABLE_ROWS = 1024, /* row k is around (k - TABLE_MIDDLE) / steps */
    TABLE_MIDDLE = 512,
    SIGMOID_STEPS = 16, /* of the grid, from one integer to the next */
    TANH_STEPS = 32,
    TAIL_ROWS = 640, /* row k is around k / 16 */
    TAIL_STEPS = 16,
};

extern const double sigmoid_table_f64[TABLE_ROWS][ROW_F64];
extern const float sigmoid_table_f32[TABLE_ROWS][ROW_F32];

/* tanh(-x) is -tanh(x) to the bit, and the terms d^2 and d^4 of the middle row are -2^-100 so that
 * tanh(-0) is -0. */
extern const double tanh_table_f64[TABLE_ROWS][ROW_F64];
extern const float tanh_table_f32[TABLE_ROWS][ROW_F32];

/* Phi(-x) e^(x^2/2), Phi being the normal distribution. */
extern const double normal_tail_table_f64[TAIL_ROWS][ROW_F64];
extern const float normal_tail_table_f32[TAIL_ROWS][ROW_F32];

#endif
