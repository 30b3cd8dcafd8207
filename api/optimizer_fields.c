#include "api/optimizer_fields.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static const char *optimizer_name(size_t type)
{
    return type < OPTIMIZER_COUNT ? optimizer_kinds[type].name : NULL;
}

static const char *const later_optimizers[] = {"adam",     "adamw", "rmsprop", "adagrad",
                                               "adadelta", "rprop", NULL};
static const struct choices optimizer_choices = {optimizer_name, later_optimizers};

/* `type` is read before the others, which are those of that type. */
#define TYPE_FIELD                                                                                 \
    {                                                                                              \
        "type", FIELD_SERVER                                                                       \
    }
#define CONSTANT(name, low)                                                                        \
    {                                                                                              \
#name, FIELD_NUMBER, offsetof(struct optimizer, name), low, INFINITY                       \
    }

static const struct field sgd_fields[] = {
    TYPE_FIELD,
    CONSTANT(learning_rate, 0),
    CONSTANT(momentum, 0),
    CONSTANT(dampening, -INFINITY),
    CONSTANT(weight_decay, 0),
    {"nesterov", FIELD_BOOL, offsetof(struct optimizer, nesterov)},
    {0},
};

static const struct field *const optimizer_fields[OPTIMIZER_COUNT] = {
    [OPTIMIZER_SGD] = sgd_fields,
};

/* The rules between constants. */
static void check_optimizer(struct decoder *decoder, const struct optimizer *optimizer)
{
    if (!optimizer->nesterov || (optimizer->momentum > 0 && optimizer->dampening == 0))
        return;
    size_t mark = decode_enter(decoder, "nesterov");
    decode_fault(decoder, "needs a momentum above 0 and a dampening of 0");
    decode_leave(decoder, mark);
}

/* Reads `type` into an optimizer with that type's defaults. */
static bool begin_with_type(struct decoder *decoder, const json_t *type, struct optimizer *out)
{
    unsigned chosen;
    size_t mark = decode_enter(decoder, "type");
    bool good = decode_choice(decoder, type, &optimizer_choices, &chosen);
    decode_leave(decoder, mark);
    if (good) {
        *out = optimizer_kinds[chosen].defaults;
        out->type = chosen;
    }
    return good;
}

void decode_optimizer(struct decoder *decoder, const json_t *value, struct optimizer *out)
{
    if (!json_is_object(value)) {
        decode_wrong_type(decoder, value, "an object");
        return;
    }
    const json_t *type = json_object_get(value, "type");
    *out = optimizer_kinds[OPTIMIZER_SGD].defaults;
    if (type && !begin_with_type(decoder, type, out))
        return;
    decode_object(decoder, value, optimizer_fields[out->type], out);
    check_optimizer(decoder, out);
}

/* Puts the default in place of every constant that the patch sets to null, and takes these members
 * off the patch. */
static void apply_nulls(json_t *patch, const struct field *fields, struct optimizer *optimizer)
{
    const struct optimizer *defaults = &optimizer_kinds[optimizer->type].defaults;
    for (const struct field *field = fields; field->name; field++) {
        if (field->kind == FIELD_SERVER || !json_is_null(json_object_get(patch, field->name)))
            continue;
        size_t size = field->kind == FIELD_BOOL ? sizeof(bool) : sizeof(double);
        memcpy((char *)optimizer + field->offset, (const char *)defaults + field->offset, size);
        json_object_del(patch, field->name);
    }
}

void patch_optimizer(struct decoder *decoder, const json_t *value, struct optimizer *optimizer)
{
    if (json_is_null(value)) {
        *optimizer = optimizer_kinds[OPTIMIZER_SGD].defaults;
        return;
    }
    if (!json_is_object(value)) {
        decode_wrong_type(decoder, value, "an object");
        return;
    }
    struct optimizer patched = *optimizer;
    const json_t *type = json_object_get(value, "type");
    if (type && !begin_with_type(decoder, type, &patched))
        return;
    if (type && patched.type == optimizer->type)
        patched = *optimizer; /* the same type keeps what the patch does not name */
    json_auto_t *rest = json_copy((json_t *)(uintptr_t)value);
    if (!rest) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return;
    }
    apply_nulls(rest, optimizer_fields[patched.type], &patched);
    decode_object(decoder, rest, optimizer_fields[patched.type], &patched);
    check_optimizer(decoder, &patched);
    *optimizer = patched;
}

void encode_optimizer(struct json_writer *w, const struct optimizer *optimizer)
{
    json_object_begin(w);
    json_key(w, "type");
    json_text(w, optimizer_kinds[optimizer->type].name);
    for (const struct field *field = optimizer_fields[optimizer->type]; field->name; field++) {
        const void *value = (const char *)optimizer + field->offset;
        if (field->kind == FIELD_SERVER)
            continue;
        json_key(w, field->name);
        if (field->kind == FIELD_BOOL)
            json_bool(w, *(const bool *)value);
        else
            json_number(w, *(const double *)value);
    }
    json_object_end(w);
}
