#include "api/schedule_fields.h"

#include <math.h>
#include <stddef.h>

static const double whole_limit = 9007199254740992.0; /* 2^53 */

static const struct choices schedule_choices = {schedule_names, SCHEDULE_COUNT};
static const char *const threshold_modes[] = {"rel", "abs"};
static const struct choices threshold_mode_choices = {threshold_modes, 2};

static void decode_threshold_mode(struct decoder *decoder, const json_t *value, void *target)
{
    unsigned mode;
    if (decode_choice(decoder, value, &threshold_mode_choices, &mode))
        ((struct schedule *)target)->threshold_abs = mode == 1;
}

#define CONSTANT(name) offsetof(struct schedule, name)
/* `type` is read before the others, which are those of that type. */
#define TYPE_FIELD                                                                                 \
    {                                                                                              \
        "type", FIELD_SERVER                                                                       \
    }

static const struct field constant_fields[] = {
    TYPE_FIELD,
    {0},
};
static const struct field step_fields[] = {
    TYPE_FIELD,
    {"step_size", FIELD_UNSIGNED, CONSTANT(step_size), 1, whole_limit, .required = true},
    {"gamma", FIELD_NUMBER, CONSTANT(gamma), 0, INFINITY},
    {0},
};
static const struct field exponential_fields[] = {
    TYPE_FIELD,
    {"gamma", FIELD_NUMBER, CONSTANT(gamma), 0, INFINITY, .required = true},
    {0},
};
static const struct field cosine_fields[] = {
    TYPE_FIELD,
    {"t_max", FIELD_UNSIGNED, CONSTANT(t_max), 1, whole_limit, .required = true},
    {"eta_min", FIELD_NUMBER, CONSTANT(eta_min), 0, INFINITY},
    {0},
};
static const struct field plateau_fields[] = {
    TYPE_FIELD,
    {"factor", FIELD_NUMBER, CONSTANT(factor), 0, 1, .above = true, .below = true},
    {"patience", FIELD_UNSIGNED, CONSTANT(patience), 0, whole_limit},
    {"threshold", FIELD_NUMBER, CONSTANT(threshold), 0, INFINITY},
    {"threshold_mode", FIELD_CUSTOM, .decode = decode_threshold_mode},
    {"cooldown", FIELD_UNSIGNED, CONSTANT(cooldown), 0, whole_limit},
    {"min_lr", FIELD_NUMBER, CONSTANT(min_lr), 0, INFINITY},
    {"eps", FIELD_NUMBER, CONSTANT(eps), 0, INFINITY},
    {0},
};

static const struct field *const schedule_fields[SCHEDULE_COUNT] = {
    [SCHEDULE_CONSTANT] = constant_fields,       [SCHEDULE_STEP] = step_fields,
    [SCHEDULE_EXPONENTIAL] = exponential_fields, [SCHEDULE_COSINE] = cosine_fields,
    [SCHEDULE_PLATEAU] = plateau_fields,
};

void decode_schedule(struct decoder *decoder, const json_t *value, struct schedule *out)
{
    unsigned type = SCHEDULE_CONSTANT;
    bool good = true;
    if (!json_is_object(value)) {
        decode_wrong_type(decoder, value, "an object");
        return;
    }
    if (json_object_get(value, "type")) {
        size_t mark = decode_enter(decoder, "type");
        good = decode_choice(decoder, json_object_get(value, "type"), &schedule_choices, &type);
        decode_leave(decoder, mark);
    } else {
        decode_missing(decoder, "type");
        good = false; /* whose constants the others are is not known */
    }
    if (!good)
        return;
    *out = schedule_defaults[type];
    decode_object(decoder, value, schedule_fields[type], out);
}

void encode_schedule(struct json_writer *w, const struct schedule *schedule)
{
    const char *source = (const char *)schedule;
    json_object_begin(w);
    json_key(w, "type");
    json_text(w, schedule_names[schedule->type]);
    for (const struct field *field = schedule_fields[schedule->type]; field->name; field++) {
        if (field->kind == FIELD_SERVER)
            continue;
        json_key(w, field->name);
        if (field->kind == FIELD_CUSTOM)
            json_text(w, threshold_modes[schedule->threshold_abs]);
        else if (field->kind == FIELD_UNSIGNED)
            json_unsigned(w, *(const uint64_t *)(source + field->offset));
        else
            json_number(w, *(const double *)(source + field->offset));
    }
    json_object_end(w);
}
