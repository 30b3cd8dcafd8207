#ifndef NN_PASS_PRIVATE_H
#define NN_PASS_PRIVATE_H

#include "nn/core/workspace.h"
#include "nn/pass.h"

/* What nn/pass.c and nn/step.c share. */
struct pass {
    struct workspace *ws;
    void *inputs; /* samples as the kernels take them: ws->rows x inputs; NULL where the caller's */
    void *targets; /* own arrays are already so */
    void *weights; /* likewise: NULL for a float64 network */
};

/* Samples first .. first + rows - 1 (rows <= ws->rows) in reals, scaled; valid until the next call.
 */
struct real_samples pass_convert(struct pass *pass, const struct samples *samples, size_t first,
                                 size_t rows);

/* Outputs and errors (where they are wanted) of samples first .. first + rows - 1, after the
 * forward pass of these; adds to outcome->total_error. */
void pass_record(struct pass *pass, const struct real_samples *part, size_t first,
                 struct outcome *outcome);

/* pass_run() on the parameters that the workspace has. */
enum nn_status pass_run_packed(struct pass *pass, const struct samples *samples,
                               struct outcome *outcome);

#endif
