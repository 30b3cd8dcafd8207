#include "api/samples_body.h"

#include <math.h>
#include <string.h>

#include "api/dataset_use.h"
#include "api/shapes.h"

const struct choices update_order_choices = {update_order_names, UPDATE_ORDER_COUNT};

void samples_body_take_inputs(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct samples_body *)target)->inputs = value;
}

void samples_body_take_targets(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct samples_body *)target)->targets = value;
}

void samples_body_take_weights(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct samples_body *)target)->weights = value;
}

void samples_body_take_dataset(struct decoder *decoder, const json_t *value, void *target)
{
    (void)decoder;
    ((struct samples_body *)target)->dataset = value;
}

static const struct {
    const char *name;
    unsigned part;
} include_parts[] = {
    {"outputs", INCLUDE_OUTPUTS}, {"gradients", INCLUDE_GRADIENTS},   {"deltas", INCLUDE_DELTAS},
    {"trace", INCLUDE_TRACE},     {"parameters", INCLUDE_PARAMETERS},
};

enum { INCLUDE_PARTS = sizeof(include_parts) / sizeof(include_parts[0]) };

/* The part of this name, or 0. */
static unsigned find_part(const char *name, unsigned allowed)
{
    for (size_t i = 0; name && i < INCLUDE_PARTS; i++)
        if (strcmp(include_parts[i].name, name) == 0)
            return include_parts[i].part & allowed;
    return 0;
}

static void refuse_part(struct decoder *decoder, size_t index, unsigned allowed)
{
    char names[128] = "";
    for (size_t i = 0; i < INCLUDE_PARTS; i++) {
        if (!(include_parts[i].part & allowed))
            continue;
        strcat(names, names[0] ? ", \"" : "\"");
        strcat(strcat(names, include_parts[i].name), "\"");
    }
    size_t mark = decode_enter_index(decoder, index);
    decode_fault(decoder, "must be one of %s", names);
    decode_leave(decoder, mark);
}

void samples_body_take_include(struct decoder *decoder, const json_t *value, void *target)
{
    struct samples_body *body = target;
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    body->include = 0;
    body->has_include = true;
    if (numbers && numbers->rank == 1 && numbers->count == 0)
        return;
    if (!json_is_array(value)) {
        decode_wrong_type(decoder, value, "an array of names");
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        unsigned part =
            find_part(json_string_value(json_array_get(value, i)), body->include_allowed);
        if (part)
            body->include |= part;
        else
            refuse_part(decoder, i, body->include_allowed);
    }
}

void encode_include(struct json_writer *w, unsigned parts)
{
    json_array_begin(w);
    for (size_t i = 0; i < INCLUDE_PARTS; i++)
        if (include_parts[i].part & parts)
            json_text(w, include_parts[i].name);
    json_array_end(w);
}

/* The numbers of one member, where they are samples of this width; NULL with a fault. */
static const struct json_numbers *check_member(struct samples_body *body, const char *key,
                                               const json_t *value, size_t columns,
                                               const char *what)
{
    struct decoder *decoder = body->decoder;
    size_t mark = decode_enter(decoder, key);
    const struct json_numbers *numbers =
        decode_numbers(decoder, value, "an array of numbers, or an array of such arrays");
    if (numbers && !check_samples(decoder, numbers, body->max_samples, columns, what))
        numbers = NULL;
    decode_leave(decoder, mark);
    return numbers;
}

static void check_pairs(struct samples_body *body, const struct json_numbers *inputs,
                        const struct json_numbers *targets)
{
    size_t mark = decode_enter(body->decoder, "targets");
    if (inputs->rank != targets->rank)
        decode_fault(body->decoder, "must be %s, as inputs is",
                     inputs->rank == 1 ? "one array of numbers" : "an array of arrays");
    else if (inputs->rows != targets->rows)
        decode_fault(body->decoder, "must have as many samples as inputs: %zu, not %zu",
                     inputs->rows, targets->rows);
    decode_leave(body->decoder, mark);
}

/* Whether there is a weight for each of `rows` samples, and what weights may be. */
static bool weights_are_valid(struct decoder *decoder, const struct json_numbers *numbers,
                              size_t rows)
{
    static const struct range range = {0, INFINITY};
    bool good = true, all_zero = true;
    if (!check_vector(decoder, numbers, rows, "one for each sample"))
        return false;
    for (size_t s = 0; s < rows; s++) {
        size_t mark = decode_enter_index(decoder, s);
        good &= decode_in_range(decoder, numbers->values[s], &range);
        all_zero &= numbers->values[s] == 0;
        decode_leave(decoder, mark);
    }
    if (all_zero)
        decode_fault(decoder, "must not all be 0: nothing would be learnt");
    return good && !all_zero;
}

/* The weights of `rows` samples; NULL where none are given, or with a fault. */
static const double *check_sample_weights(struct samples_body *body, size_t rows)
{
    if (!body->weights)
        return NULL;
    struct decoder *decoder = body->decoder;
    size_t mark = decode_enter(decoder, "sample_weights");
    const struct json_numbers *numbers =
        decode_numbers(decoder, body->weights, "an array of numbers");
    if (numbers && !weights_are_valid(decoder, numbers, rows))
        numbers = NULL;
    decode_leave(decoder, mark);
    return numbers ? numbers->values : NULL;
}

/* Numbers that the answer has by its samples: too many for a size_t, perhaps. */
static double count_answer(const struct samples_body *body, const struct network *net)
{
    unsigned parts = body->include | body->always;
    double outputs = (double)network_outputs(net), units = (double)net->unit_count;
    double numbers = 0;
    if (parts & INCLUDE_OUTPUTS)
        numbers += outputs;
    if (body->always & INCLUDE_OUTPUTS && body->targets)
        numbers += outputs; /* errors */
    if (parts & INCLUDE_DELTAS)
        numbers += units;
    if (body->trace || parts & INCLUDE_TRACE)
        numbers += 2 * units;
    return numbers * (double)body->samples.rows;
}

/* The field that makes the answer so long. */
static const char *answer_field(const struct samples_body *body)
{
    if (body->trace)
        return "trace";
    if (body->include & (INCLUDE_TRACE | INCLUDE_DELTAS | INCLUDE_OUTPUTS))
        return "include";
    return body->loaded ? "dataset" : "inputs";
}

static void check_answer(struct samples_body *body, const struct network *net)
{
    double numbers = count_answer(body, net);
    if (numbers <= SAMPLES_MAX_NUMBERS)
        return;
    size_t mark = decode_enter(body->decoder, answer_field(body));
    decode_fault(
        body->decoder,
        "makes an answer of %.0f numbers, which may have %d: send fewer samples at a time, "
        "or ask for less about them",
        numbers, SAMPLES_MAX_NUMBERS);
    decode_leave(body->decoder, mark);
}

/* An update layer by layer keeps the values of all units for its whole batch. */
static void check_layerwise(struct samples_body *body, const struct network *net)
{
    size_t rows = body->samples.rows;
    if (body->batch_size && body->batch_size < rows)
        rows = body->batch_size;
    if (body->order != UPDATE_LAYERWISE ||
        (double)rows * (double)net->unit_count <= SAMPLES_MAX_NUMBERS)
        return;
    size_t mark = decode_enter(body->decoder, "update_order");
    decode_fault(
        body->decoder,
        "\"layerwise\" keeps the values of %zu units for %zu samples, and may keep %d: use "
        "smaller batches",
        net->unit_count, rows, SAMPLES_MAX_NUMBERS);
    decode_leave(body->decoder, mark);
}

/* What is asked for beside the samples, and how much of it. */
static bool check_amount(struct samples_body *body, const struct network *net)
{
    check_answer(body, net);
    check_layerwise(body, net);
    return decoder_ok(body->decoder);
}

static bool check_loaded(struct samples_body *body, const struct network *net)
{
    size_t mark = decode_enter(body->decoder, "dataset");
    bool fits = dataset_samples_fit(body->decoder, body->loaded, net);
    decode_leave(body->decoder, mark);
    body->batch = true;
    body->samples = body->loaded->samples;
    return fits && decoder_ok(body->decoder) && check_amount(body, net);
}

void samples_body_check_form(struct samples_body *body, bool targets_needed)
{
    const struct {
        const char *key;
        const json_t *value;
        bool needed;
    } members[] = {{"inputs", body->inputs, true},
                   {"targets", body->targets, targets_needed},
                   {"sample_weights", body->weights, false}};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (!body->dataset && !members[i].value && members[i].needed) {
            decode_missing(body->decoder, members[i].key);
        } else if (body->dataset && members[i].value) {
            size_t mark = decode_enter(body->decoder, members[i].key);
            decode_fault(body->decoder, "cannot stand beside \"dataset\"; give one or the other");
            decode_leave(body->decoder, mark);
        }
    }
}

bool samples_body_load(struct samples_body *body, const struct definition *definition,
                       bool targets_needed)
{
    if (!body->dataset || body->loaded)
        return true;
    size_t mark = decode_enter(body->decoder, "dataset");
    body->loaded = dataset_samples_named(body->decoder, body->dataset, definition, targets_needed);
    decode_leave(body->decoder, mark);
    return body->loaded != NULL;
}

void samples_body_release(struct samples_body *body)
{
    dataset_samples_release(body->loaded);
    body->loaded = NULL;
}

bool samples_body_check(struct samples_body *body, const struct network *net)
{
    if (body->loaded)
        return check_loaded(body, net);
    const struct json_numbers *targets = NULL;
    const struct json_numbers *inputs =
        check_member(body, "inputs", body->inputs, net->inputs, "the network's inputs");
    if (body->targets)
        targets = check_member(body, "targets", body->targets, network_outputs(net),
                               "the network's outputs");
    if (inputs && targets)
        check_pairs(body, inputs, targets);
    const double *weights = inputs ? check_sample_weights(body, inputs->rows) : NULL;
    if (!decoder_ok(body->decoder))
        return false;
    body->batch = inputs->rank == 2;
    body->samples = (struct samples){.rows = inputs->rows,
                                     .inputs = inputs->values,
                                     .targets = targets ? targets->values : NULL,
                                     .weights = weights};
    return check_amount(body, net);
}
