#include "api/train_body.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/dataset_use.h"
#include "api/metadata.h"
#include "api/schedule_fields.h"
#include "nn/samples.h"

static const double whole_limit = 9007199254740992.0; /* 2^53 */

/* Fields ------------------------------------------------------------------------------- */

static void take_validation_inputs(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct validation_body *)target)->inputs = value;
}

static void take_validation_targets(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct validation_body *)target)->targets = value;
}

static void take_validation_dataset(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct validation_body *)target)->dataset = value;
}

static const struct field validation_fields[] = {
    {"split", FIELD_NUMBER, offsetof(struct validation_body, split), 0, 1, .above = true,
     .below = true, .given = offsetof(struct validation_body, has_split)},
    {"inputs", FIELD_CUSTOM, .decode = take_validation_inputs},
    {"targets", FIELD_CUSTOM, .decode = take_validation_targets},
    {"dataset", FIELD_CUSTOM, .decode = take_validation_dataset},
    {0},
};

/* Whether `validation` has one of its forms, and that whole. */
static void check_form(struct decoder *decoder, const json_t *value)
{
    bool split = json_object_get(value, "split");
    bool inputs = json_object_get(value, "inputs");
    bool targets = json_object_get(value, "targets");
    bool dataset = json_object_get(value, "dataset");
    if ((split || dataset) && (inputs || targets)) {
        size_t mark = decode_enter(decoder, split ? "split" : "dataset");
        decode_fault(decoder, "cannot stand beside inputs and targets; give one or the other");
        decode_leave(decoder, mark);
    } else if (split && dataset) {
        size_t mark = decode_enter(decoder, "split");
        decode_fault(decoder, "cannot stand beside \"dataset\"; give one or the other");
        decode_leave(decoder, mark);
    } else if (inputs != targets) {
        decode_missing(decoder, inputs ? "targets" : "inputs");
    } else if (!split && !inputs && !dataset) {
        decode_fault(decoder, "must have \"split\", or \"inputs\" and \"targets\", or \"dataset\"");
    }
}

static void decode_validation(struct decoder *decoder, const json_t *value, void *target)
{
    decode_object(decoder, value, validation_fields, &((struct train_body *)target)->validation);
    if (json_is_object(value))
        check_form(decoder, value);
}

static const struct field early_stopping_fields[] = {
    {"patience", FIELD_UNSIGNED, offsetof(struct early_stopping, patience), 1, whole_limit,
     .required = true},
    {"min_delta", FIELD_NUMBER, offsetof(struct early_stopping, min_delta), 0, INFINITY},
    {"restore_best", FIELD_BOOL, offsetof(struct early_stopping, restore_best)},
    {0},
};

static void decode_early_stopping(struct decoder *decoder, const json_t *value, void *target)
{
    struct early_stopping *early = &((struct train_body *)target)->options.early_stopping;
    early->on = true;
    decode_object(decoder, value, early_stopping_fields, early);
}

static void decode_schedule_field(struct decoder *decoder, const json_t *value, void *target)
{
    decode_schedule(decoder, value, &((struct train_body *)target)->options.schedule);
}

static void take_metadata(struct decoder *decoder, const json_t *value, void *target)
{
    ((struct train_body *)target)->metadata = decode_metadata(decoder, value);
}

#define OPTION(name) offsetof(struct train_body, options.name)

/* What a run is asked for beside its samples. */
#define OPTION_FIELDS                                                                              \
    SAMPLES_INCLUDE_FIELD, SAMPLES_LEARNING_RATE_FIELD, SAMPLES_UPDATE_ORDER_FIELD,                \
        {"epochs", FIELD_UNSIGNED, OPTION(epochs), 1, whole_limit, .required = true},              \
        {"batch_size", FIELD_COUNT, OPTION(batch_size), 0, whole_limit},                           \
        {"shuffle", FIELD_BOOL, OPTION(shuffle)},                                                  \
        {"seed", FIELD_SEED, OPTION(seed), .given = offsetof(struct train_body, has_seed)},        \
        {"schedule", FIELD_CUSTOM, .decode = decode_schedule_field},                               \
        {"clip_norm", FIELD_NUMBER, OPTION(clip_norm), 0, INFINITY, .above = true},                \
        {"early_stopping", FIELD_CUSTOM, .decode = decode_early_stopping},                         \
        {"stop_below", FIELD_NUMBER, OPTION(stop_below), 0, INFINITY},                             \
        {"history_points", FIELD_COUNT, offsetof(struct train_body, history_points), 2,            \
         HISTORY_MAX_POINTS},                                                                      \
        {"metadata", FIELD_CUSTOM, .decode = take_metadata},                                       \
    {                                                                                              \
        "cancel_on_disconnect", FIELD_BOOL, offsetof(struct train_body, cancel_on_disconnect)      \
    }

static const struct field train_fields[] = {
    SAMPLES_INPUTS_FIELD,
    SAMPLES_DATASET_FIELD,
    SAMPLES_TARGETS_FIELD,
    SAMPLES_WEIGHTS_FIELD,
    {"validation", FIELD_CUSTOM, .decode = decode_validation},
    OPTION_FIELDS,
    {"checkpoint_every", FIELD_LATER},
    {"keep", FIELD_LATER},
    {0},
};

static const struct field stored_fields[] = {
    {"samples", FIELD_SERVER},
    {"validation", FIELD_SERVER},
    OPTION_FIELDS,
    {0},
};

static void decode_fields(struct train_body *body, const struct field *fields)
{
    struct decoder *decoder = body->samples.decoder;
    struct train_options *options = &body->options;
    options->batch_size = 1;
    options->schedule = schedule_defaults[SCHEDULE_CONSTANT];
    body->history_points = 100;
    decode_object(decoder, decoder->document.root, fields, body);
    body->samples.batch_size = options->batch_size;
    if (options->batch_size == 0)
        options->batch_size = SIZE_MAX; /* the whole set */
    options->learning_rate = body->samples.learning_rate;
    options->order = body->samples.order;
}

bool train_body_decode_stored(struct train_body *body)
{
    decode_fields(body, stored_fields);
    return decoder_ok(body->samples.decoder);
}

bool train_body_decode(struct train_body *body)
{
    struct decoder *decoder = body->samples.decoder;
    struct train_options *options = &body->options;
    decode_fields(body, train_fields);
    if (json_is_object(decoder->document.root))
        samples_body_check_form(&body->samples, true);
    if (body->samples.dataset && !body->samples.has_include)
        body->samples.include = 0; /* a dataset may have many samples */
    if (options->order == UPDATE_LAYERWISE && options->clip_norm > 0) {
        size_t mark = decode_enter(decoder, "clip_norm");
        decode_fault(decoder, "cannot be had with \"update_order\": \"layerwise\", which never has "
                              "the whole gradient at once; leave one of them out");
        decode_leave(decoder, mark);
    }
    return decoder_ok(decoder);
}

/* Checks ------------------------------------------------------------------------------- */

/* The samples that `validation` brings along. */
static void check_validation_samples(struct train_body *body, const struct network *net)
{
    struct samples_body given = {.decoder = body->samples.decoder,
                                 .max_samples = body->samples.max_samples,
                                 .inputs = body->validation.inputs,
                                 .targets = body->validation.targets,
                                 .loaded = body->validation.loaded};
    size_t mark = decode_enter(given.decoder, "validation");
    if (samples_body_check(&given, net))
        body->run.validation = given.samples;
    decode_leave(given.decoder, mark);
}

/* How many of the samples validate; 0 with a fault where one side would have none. */
static size_t count_split(struct train_body *body)
{
    struct decoder *decoder = body->samples.decoder;
    size_t rows = body->samples.samples.rows;
    size_t count = split_validation_rows(rows, body->validation.split);
    if (count > 0 && count < rows)
        return count;
    size_t validation = decode_enter(decoder, "validation");
    size_t split = decode_enter(decoder, "split");
    decode_fault(decoder, "leaves none of the %zu samples to %s", rows,
                 count ? "train on" : "validate with");
    decode_leave(decoder, split);
    decode_leave(decoder, validation);
    return 0;
}

/* rprop looks at how the sign of a gradient changes, which batches would change too. */
static void check_batch(struct train_body *body, const struct network *net, size_t rows)
{
    struct decoder *decoder = body->samples.decoder;
    if (net->optimizer.type != OPTIMIZER_RPROP || body->options.batch_size >= rows)
        return;
    size_t mark = decode_enter(decoder, "batch_size");
    decode_fault(decoder, "must be 0 with the optimizer \"rprop\", which needs the whole set as "
                          "one batch");
    decode_leave(decoder, mark);
}

static bool has_weight(const struct samples *samples)
{
    for (size_t s = 0; s < samples->rows; s++)
        if (samples->weights[s] > 0)
            return true;
    return false;
}

/* Puts the rows of a split where they are trained on and validated with. False: no memory. */
static bool divide(struct train_body *body, const struct network *net, const struct split *split)
{
    const struct samples *all = &body->samples.samples;
    const size_t counts[2] = {split->training, split->validation};
    if (!body->options.shuffle) {
        body->run.training = samples_part(net, all, 0, counts[0]);
        body->run.validation = samples_part(net, all, counts[0], counts[1]);
        return true;
    }
    for (int side = 0; side < 2; side++) {
        if (!samples_allocate(net, counts[side], all->weights, &body->copies[side]))
            return false;
        samples_gather(net, all, split->rows + (side ? counts[0] : 0), counts[side],
                       &body->copies[side]);
    }
    body->run.training = body->copies[0];
    body->run.validation = body->copies[1];
    return true;
}

static void release_copies(struct train_body *body)
{
    for (int side = 0; side < 2; side++)
        samples_release(&body->copies[side]);
    memset(body->copies, 0, sizeof(body->copies));
}

static void make_split(struct train_body *body, const struct network *net)
{
    struct decoder *decoder = body->samples.decoder;
    struct split split = {0};
    uint64_t seed = body->has_seed ? body->options.seed : net->seed;
    release_copies(body);
    if (!split_init(&split, body->samples.samples.rows, body->validation.split,
                    body->options.shuffle, seed) ||
        !divide(body, net, &split)) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
    } else if (body->run.training.weights &&
               !(has_weight(&body->run.training) && has_weight(&body->run.validation))) {
        size_t mark = decode_enter(decoder, "sample_weights");
        decode_fault(decoder, "must not all be 0 on one side of the validation's split");
        decode_leave(decoder, mark);
    }
    split_release(&split);
}

bool train_body_names_dataset(const struct train_body *body)
{
    return body->samples.dataset || body->validation.dataset;
}

bool train_body_load(struct train_body *body, const struct definition *definition)
{
    struct decoder *decoder = body->samples.decoder;
    bool good = samples_body_load(&body->samples, definition, true);
    if (!body->validation.dataset || body->validation.loaded)
        return good;
    size_t mark = decode_enter(decoder, "validation"), inner = decode_enter(decoder, "dataset");
    body->validation.loaded =
        dataset_samples_named(decoder, body->validation.dataset, definition, true);
    decode_leave(decoder, inner);
    decode_leave(decoder, mark);
    return good && body->validation.loaded;
}

bool train_body_check(struct train_body *body, const struct network *net, bool split)
{
    struct decoder *decoder = body->samples.decoder;
    size_t validation = 0;
    body->run = (struct run_samples){0};
    bool sized = samples_body_check(&body->samples, net);
    if (sized)
        body->run.training = body->samples.samples;
    if (body->validation.inputs || body->validation.loaded)
        check_validation_samples(body, net);
    if (sized && body->validation.has_split)
        validation = count_split(body);
    if (sized)
        check_batch(body, net, body->samples.samples.rows - validation);
    if (decoder_ok(decoder) && validation && split)
        make_split(body, net);
    return decoder_ok(decoder);
}

void train_body_forget(struct train_body *body)
{
    samples_body_release(&body->samples);
    dataset_samples_release(body->validation.loaded);
    body->validation.loaded = NULL;
}

void train_body_release(struct train_body *body)
{
    release_copies(body);
    train_body_forget(body);
    free(body->metadata);
}
