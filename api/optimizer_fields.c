#include "api/optimizer_fields.h"

#include <math.h>
#include <stddef.h>

#include "api/fields.h"

static const struct choices optimizer_choices = {optimizer_names, OPTIMIZER_COUNT};

/* `type` is read before the others, which are those of that type. */
#define TYPE_FIELD                                                                                 \
    {                                                                                              \
        "type", FIELD_SERVER                                                                       \
    }
#define CONSTANT(name, low)                                                                        \
    {                                                                                              \
#name, FIELD_NUMBER, offsetof(struct optimizer, name), low, INFINITY                       \
    }
#define SWITCH(name)                                                                               \
    {                                                                                              \
#name, FIELD_BOOL, offsetof(struct optimizer, name)                                        \
    }

/* The ranges are those that PyTorch checks, and what its formulas need where it checks nothing. */
static const struct field sgd_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    CONSTANT(momentum, 0),
    CONSTANT(dampening, -INFINITY),
    CONSTANT(weight_decay, 0),
    SWITCH(nesterov),
    {0},
};
static const struct field adam_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    {"betas", FIELD_PAIR, offsetof(struct optimizer, betas), 0, 1, .below = true},
    CONSTANT(eps, 0),
    CONSTANT(weight_decay, 0),
    SWITCH(amsgrad),
    {0},
};
static const struct field rmsprop_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    CONSTANT(alpha, 0),
    CONSTANT(eps, 0),
    CONSTANT(weight_decay, 0),
    CONSTANT(momentum, 0),
    SWITCH(centered),
    {0},
};
static const struct field adagrad_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    CONSTANT(lr_decay, 0),
    CONSTANT(eps, 0),
    CONSTANT(weight_decay, 0),
    CONSTANT(initial_accumulator_value, 0),
    {0},
};
static const struct field adadelta_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    {"rho", FIELD_NUMBER, offsetof(struct optimizer, rho), 0, 1},
    CONSTANT(eps, 0),
    CONSTANT(weight_decay, 0),
    {0},
};
static const struct field rprop_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    {"etas", FIELD_PAIR, offsetof(struct optimizer, etas), 0, INFINITY, .above = true},
    {"step_sizes", FIELD_PAIR, offsetof(struct optimizer, step_sizes), 0, INFINITY},
    {0},
};

static const struct field *const optimizer_fields[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = sgd_fields,         [OPTIMIZER_ADAM] = adam_fields,
    [OPTIMIZER_ADAMW] = adam_fields,      [OPTIMIZER_RMSPROP] = rmsprop_fields,
    [OPTIMIZER_ADAGRAD] = adagrad_fields, [OPTIMIZER_ADADELTA] = adadelta_fields,
    [OPTIMIZER_RPROP] = rprop_fields,
};

/* A fault at an element of a pair. */
static void fault_in_pair(struct decoder *decoder, const char *key, size_t index,
                          const char *detail)
{
    size_t pair = decode_enter(decoder, key);
    size_t element = decode_enter_index(decoder, index);
    decode_fault(decoder, "%s", detail);
    decode_leave(decoder, element);
    decode_leave(decoder, pair);
}

/* The rules between constants. */
static void check_optimizer(struct decoder *decoder, const struct optimizer *optimizer)
{
    if (optimizer->nesterov && !(optimizer->momentum > 0 && optimizer->dampening == 0)) {
        size_t mark = decode_enter(decoder, "nesterov");
        decode_fault(decoder, "needs a momentum above 0 and a dampening of 0");
        decode_leave(decoder, mark);
    }
    if (optimizer->type != OPTIMIZER_RPROP)
        return;
    if (!(optimizer->etas[0] < 1))
        fault_in_pair(decoder, "etas", 0, "must be below 1: it makes steps smaller");
    if (!(optimizer->etas[1] > 1))
        fault_in_pair(decoder, "etas", 1, "must be above 1: it makes steps larger");
    if (!(optimizer->step_sizes[0] <= optimizer->step_sizes[1]))
        fault_in_pair(decoder, "step_sizes", 0,
                      "must not be above the second number, the largest step");
}

/* Reads `type` into an optimizer with that type's defaults. */
static bool begin_with_type(struct decoder *decoder, const json_t *type, struct optimizer *out)
{
    unsigned chosen;
    size_t mark = decode_enter(decoder, "type");
    bool good = decode_choice(decoder, type, &optimizer_choices, &chosen);
    decode_leave(decoder, mark);
    if (good)
        *out = optimizer_defaults[chosen];
    return good;
}

void decode_optimizer(struct decoder *decoder, const json_t *value, struct optimizer *out)
{
    if (!json_is_object(value)) {
        decode_wrong_type(decoder, value, "an object");
        return;
    }
    const json_t *type = json_object_get(value, "type");
    *out = optimizer_defaults[OPTIMIZER_SGD];
    if (type && !begin_with_type(decoder, type, out))
        return;
    decode_object(decoder, value, optimizer_fields[out->type], out);
    check_optimizer(decoder, out);
}

void patch_optimizer(struct decoder *decoder, const json_t *value, struct optimizer *optimizer)
{
    if (json_is_null(value)) {
        *optimizer = optimizer_defaults[OPTIMIZER_SGD];
        return;
    }
    struct optimizer patched = *optimizer;
    const json_t *type = json_is_object(value) ? json_object_get(value, "type") : NULL;
    if (type && !begin_with_type(decoder, type, &patched))
        return;
    if (type && patched.type == optimizer->type)
        patched = *optimizer; /* the same type keeps what the patch does not name */
    patch_fields(decoder, value, optimizer_fields[patched.type], &optimizer_defaults[patched.type],
                 &patched);
    check_optimizer(decoder, &patched);
    *optimizer = patched;
}

void check_optimizer_start(struct decoder *decoder, const struct optimizer *optimizer,
                           enum precision precision)
{
    for (size_t slot = 0; slot < optimizer_slots(optimizer); slot++) {
        double start = optimizer_slot_start(optimizer, slot);
        values_round(precision, &start, 1);
        if (!isfinite(start))
            decode_fault(decoder, "begins its state beyond float32, which ends at 3.4028235e38");
    }
}

void encode_optimizer(struct json_writer *w, const struct optimizer *optimizer)
{
    json_object_begin(w);
    json_key(w, "type");
    json_text(w, optimizer_names[optimizer->type]);
    encode_fields(w, optimizer_fields[optimizer->type], optimizer);
    json_object_end(w);
}
