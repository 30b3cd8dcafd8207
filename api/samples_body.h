#ifndef API_SAMPLES_BODY_H
#define API_SAMPLES_BODY_H

#include <stdbool.h>

#include "api/decoder.h"
#include "api/json_writer.h"
#include "engine/dataset_samples.h"
#include "engine/definition.h"
#include "nn/network.h"
#include "nn/step.h"

/* Parts of an answer that `include` asks for. */
enum include_part {
    INCLUDE_GRADIENTS = 1,
    INCLUDE_DELTAS = 2,
    INCLUDE_TRACE = 4,
    INCLUDE_PARAMETERS = 8,
    INCLUDE_OUTPUTS = 16,
};

/* What outputs are taken for by evaluate. */
enum task { TASK_CLASSIFICATION, TASK_REGRESSION, TASK_COUNT };

/* What the bodies of forward, gradients, step, train and evaluate share. */
struct samples_body {
    struct decoder *decoder;
    size_t max_samples;
    const json_t *inputs;  /* borrowed from the document; NULL: not given */
    const json_t *targets; /* likewise */
    const json_t *weights; /* sample_weights, likewise */
    const json_t *dataset; /* in place of these, likewise */
    bool trace;            /* forward only */
    bool check;            /* gradients only */
    bool has_task;         /* evaluate only, as the next three */
    enum task task;
    bool has_threshold;
    double threshold;
    bool has_learning_rate;
    double learning_rate;
    enum update_order order;
    size_t batch_size;        /* of train: samples of one update; 0: all of them, as in step */
    unsigned include_allowed; /* of enum include_part */
    unsigned include;         /* to be set to the default first */
    bool has_include;
    unsigned always; /* parts that are answered whatever `include` says */

    struct dataset_samples *loaded; /* after samples_body_load(), where a dataset is named */

    /* After samples_body_check(). */
    bool batch; /* an array of vectors, not one vector */
    struct samples samples;
};

/* Rows for the tables of fields: the body must begin with a struct samples_body. What of the first
 * three must be there, samples_body_check_form() says. */
#define SAMPLES_INPUTS_FIELD                                                                       \
    {                                                                                              \
        "inputs", FIELD_CUSTOM, .decode = samples_body_take_inputs                                 \
    }
#define SAMPLES_TARGETS_FIELD                                                                      \
    {                                                                                              \
        "targets", FIELD_CUSTOM, .decode = samples_body_take_targets                               \
    }
#define SAMPLES_DATASET_FIELD                                                                      \
    {                                                                                              \
        "dataset", FIELD_CUSTOM, .decode = samples_body_take_dataset                               \
    }
#define SAMPLES_WEIGHTS_FIELD                                                                      \
    {                                                                                              \
        "sample_weights", FIELD_CUSTOM, .decode = samples_body_take_weights                        \
    }
#define SAMPLES_INCLUDE_FIELD                                                                      \
    {                                                                                              \
        "include", FIELD_CUSTOM, .decode = samples_body_take_include                               \
    }
#define SAMPLES_LEARNING_RATE_FIELD                                                                \
    {                                                                                              \
        "learning_rate", FIELD_NUMBER, offsetof(struct samples_body, learning_rate), 0, INFINITY,  \
            .given = offsetof(struct samples_body, has_learning_rate)                              \
    }
#define SAMPLES_UPDATE_ORDER_FIELD                                                                 \
    {                                                                                              \
        "update_order", FIELD_CHOICE, offsetof(struct samples_body, order),                        \
            .choices = &update_order_choices                                                       \
    }

extern const struct choices update_order_choices;

void samples_body_take_inputs(struct decoder *decoder, const json_t *value, void *target);
void samples_body_take_targets(struct decoder *decoder, const json_t *value, void *target);
void samples_body_take_weights(struct decoder *decoder, const json_t *value, void *target);
void samples_body_take_dataset(struct decoder *decoder, const json_t *value, void *target);
void samples_body_take_include(struct decoder *decoder, const json_t *value, void *target);

/* Parts as an array of their names. */
void encode_include(struct json_writer *w, unsigned parts);

/* Numbers that the answer to a request may have by its samples, and that a whole pass may keep:
 * some 200 MB, as text or as doubles. */
enum { SAMPLES_MAX_NUMBERS = 10000000 };

/* Sees to it that the samples come in one way: as inputs, which need targets where these are
 * needed, or as the name of a dataset. Else adds faults. */
void samples_body_check_form(struct samples_body *body, bool targets_needed);

/* Reads the dataset that is named, if any: on worker threads. False with a fault. */
bool samples_body_load(struct samples_body *body, const struct definition *definition,
                       bool targets_needed);
void samples_body_release(struct samples_body *body);

/*
 * Checks the samples against a network's sizes, and whether what is asked of them fits into memory.
 * On success body->samples is set (borrowed from the document). False with the faults.
 */
bool samples_body_check(struct samples_body *body, const struct network *net);

#endif
