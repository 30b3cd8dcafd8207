#ifndef ENGINE_STEP_H
#define ENGINE_STEP_H

#include "engine/edit.h"
#include "nn/trainer.h"

/* One training step as a client asks for it. */
struct step_request {
    bool has_learning_rate;
    double learning_rate; /* in place of the optimizer's */
    enum update_order order;
    bool whole_pass; /* keep the trace and deltas of all samples in `pass` */
    /* Called with the network before anything else: gives the samples, or NULL to refuse
     * (ENGINE_INVALID). */
    const struct samples *(*check)(void *argument, const struct network *net);
    void *argument;
};

/* What a step saw. Released with step_result_release(). */
struct step_result {
    struct snapshot *before;
    struct snapshot *after;
    struct outcome outcome; /* outputs, errors, gradient, total_error: those before the update */
    struct pass *pass;
};

/* Takes one step on the newest revision. Runs on any thread, as request->patience says. */
enum engine_status network_step(struct engine *engine, const struct edit_request *request,
                                const struct step_request *step, struct step_result *result,
                                struct commit **commit, struct refusal *refusal);

void step_result_release(struct step_result *result);

#endif
