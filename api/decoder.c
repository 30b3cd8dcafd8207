#include "api/decoder.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double whole_limit = 9007199254740992.0; /* 2^53 */

static enum problem_kind kind_of(enum json_fault fault)
{
    switch (fault) {
    case JSON_FAULT_RANGE:
        return PROBLEM_INVALID_REQUEST;
    case JSON_FAULT_TOO_MANY:
        return PROBLEM_BODY_TOO_LARGE;
    case JSON_FAULT_NO_MEMORY:
        return PROBLEM_UNAVAILABLE;
    case JSON_FAULT_NONE:
    case JSON_FAULT_SYNTAX:
    case JSON_FAULT_DUPLICATE:
    case JSON_FAULT_DEPTH:
        return PROBLEM_INVALID_JSON;
    }
    abort(); /* every fault is listed */
}

bool decoder_begin(struct decoder *decoder, const char *text, size_t length,
                   const struct json_limits *limits, struct problem *problem)
{
    decoder->problem = problem;
    decoder->pointer[0] = '\0';
    decoder->engine = NULL;
    if (json_document_read(&decoder->document, text, length, limits))
        return true;
    const char *detail = decoder->document.detail; /* a sentence; a listed fault is a clause */
    if (decoder->document.fault == JSON_FAULT_RANGE)
        problem_add(problem, decoder->document.pointer, "%.*s", (int)strlen(detail) - 1, detail);
    else
        problem_set(problem, kind_of(decoder->document.fault), "%s", detail);
    return false;
}

void decoder_end(struct decoder *decoder)
{
    json_document_release(&decoder->document);
}

bool decoder_ok(const struct decoder *decoder)
{
    return decoder->problem->kind == PROBLEM_NONE;
}

/* Places and faults -------------------------------------------------------------------- */

size_t decode_enter(struct decoder *decoder, const char *key)
{
    size_t mark = strlen(decoder->pointer);
    json_pointer_append(decoder->pointer, sizeof(decoder->pointer), key);
    return mark;
}

size_t decode_enter_index(struct decoder *decoder, size_t index)
{
    char key[24];
    snprintf(key, sizeof(key), "%zu", index);
    return decode_enter(decoder, key);
}

void decode_leave(struct decoder *decoder, size_t mark)
{
    decoder->pointer[mark] = '\0';
}

void decode_fault(struct decoder *decoder, const char *format, ...)
{
    char detail[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    problem_add(decoder->problem, decoder->pointer, "%s", detail);
}

void decode_missing(struct decoder *decoder, const char *key)
{
    size_t mark = decode_enter(decoder, key);
    decode_fault(decoder, "is required");
    decode_leave(decoder, mark);
}

void decode_wrong_type(struct decoder *decoder, const json_t *value, const char *what)
{
    decode_fault(decoder, "must be %s, not %s", what,
                 json_document_type_name(&decoder->document, value));
}

/* Single values ------------------------------------------------------------------------ */

bool decode_in_range(struct decoder *decoder, double number, const struct range *range)
{
    bool low_enough = range->below ? number < range->high : number <= range->high;
    bool high_enough = range->above ? number > range->low : number >= range->low;
    if (low_enough && high_enough)
        return true;
    if (!isfinite(range->high))
        decode_fault(decoder, "must be %s %g", range->above ? "above" : "at least", range->low);
    else if (!range->above && !range->below)
        decode_fault(decoder, "must be from %g to %g", range->low, range->high);
    else
        decode_fault(decoder, "must be %s %g and %s %g", range->above ? "above" : "at least",
                     range->low, range->below ? "below" : "at most", range->high);
    return false;
}

bool decode_number(struct decoder *decoder, const json_t *value, const struct range *range,
                   double *out)
{
    if (!json_is_number(value)) {
        decode_wrong_type(decoder, value, "a number");
        return false;
    }
    double number = json_number_value(value);
    if (!decode_in_range(decoder, number, range))
        return false;
    *out = number;
    return true;
}

bool decode_unsigned(struct decoder *decoder, const json_t *value, uint64_t low, uint64_t high,
                     uint64_t *out)
{
    if (!json_is_number(value)) {
        decode_wrong_type(decoder, value, "a whole number");
        return false;
    }
    /* A whole number written as 1e3 or 2.0 is one, as JSON Schema has it; one above 2^53 came as a
     * real that may be rounded. */
    double number = json_number_value(value);
    bool exact = json_is_integer(value) || number < whole_limit;
    if (number != floor(number) || number < (double)low || number > (double)high || !exact) {
        decode_fault(decoder, "must be a whole number from %" PRIu64 " to %" PRIu64, low, high);
        return false;
    }
    *out = json_is_integer(value) ? (uint64_t)json_integer_value(value) : (uint64_t)number;
    return true;
}

/* "one of" the names with commas, or the only one. */
static void list_choices(const struct choices *choices, char *out, size_t size)
{
    size_t length = (size_t)snprintf(out, size, "%s", choices->count > 1 ? "one of " : "");
    for (size_t i = 0; i < choices->count && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s\"%s\"", i ? ", " : "",
                                   choices->names[i]);
}

bool decode_choice(struct decoder *decoder, const json_t *value, const struct choices *choices,
                   unsigned *out)
{
    char names[256];
    list_choices(choices, names, sizeof(names));
    const char *text = json_string_value(value);
    if (!text || json_document_numbers(&decoder->document, value)) {
        decode_fault(decoder, "must be %s, not %s", names,
                     json_document_type_name(&decoder->document, value));
        return false;
    }
    for (unsigned i = 0; i < choices->count; i++) {
        if (strcmp(choices->names[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    decode_fault(decoder, "must be %s", names);
    return false;
}

/* A decimal string without sign or leading zeros, up to 2^64 - 1. */
static bool parse_seed(const char *text, uint64_t *out)
{
    uint64_t seed = 0;
    if (!*text || (text[0] == '0' && text[1]))
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (__builtin_mul_overflow(seed, 10, &seed) ||
            __builtin_add_overflow(seed, (uint64_t)(*text - '0'), &seed))
            return false;
    }
    *out = seed;
    return true;
}

bool decode_seed(struct decoder *decoder, const json_t *value, uint64_t *out)
{
    static const char rule[] = "must be a whole number from 0 to 9007199254740992, or a string of "
                               "the decimal digits of one up to 18446744073709551615";
    if (json_is_integer(value) && json_integer_value(value) >= 0 &&
        (double)json_integer_value(value) <= whole_limit) {
        *out = (uint64_t)json_integer_value(value);
        return true;
    }
    if (json_is_string(value) && !json_document_numbers(&decoder->document, value) &&
        parse_seed(json_string_value(value), out))
        return true;
    decode_fault(decoder, "%s", rule);
    return false;
}

/* Adds a fault for each element that is neither a number nor an array, and so on in the arrays.
 * Returns how many there were. */
static size_t fault_elements(struct decoder *decoder, const json_t *array)
{
    size_t faults = 0;
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *element = json_array_get(array, i);
        if (json_is_number(element) || json_document_numbers(&decoder->document, element))
            continue;
        size_t mark = decode_enter_index(decoder, i);
        if (json_is_array(element)) {
            faults += fault_elements(decoder, element);
        } else {
            decode_wrong_type(decoder, element, "a number");
            faults++;
        }
        decode_leave(decoder, mark);
    }
    return faults;
}

/* How many arrays stand in one another. */
static int array_depth(const struct decoder *decoder, const json_t *value)
{
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    if (numbers)
        return numbers->rank;
    int depth = 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        int element = array_depth(decoder, json_array_get(value, i));
        if (element > depth)
            depth = element;
    }
    return json_is_array(value) + depth;
}

const struct json_numbers *decode_numbers(struct decoder *decoder, const json_t *value,
                                          const char *what)
{
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    if (numbers || (json_is_array(value) && fault_elements(decoder, value) > 0))
        return numbers;
    if (json_is_array(value))
        decode_fault(decoder, "must be %s, not %s", what,
                     array_depth(decoder, value) > 2 ? "arrays that are nested deeper"
                                                     : "a mixture of numbers and arrays");
    else
        decode_wrong_type(decoder, value, what);
    return NULL;
}

bool decode_pair(struct decoder *decoder, const json_t *value, const struct range *range,
                 double out[2])
{
    static const char what[] = "an array of two numbers";
    const struct json_numbers *numbers = decode_numbers(decoder, value, what);
    if (!numbers)
        return false;
    if (numbers->rank != 1 || numbers->count != 2) {
        decode_fault(decoder, "must be %s", what);
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < 2; i++) {
        size_t mark = decode_enter_index(decoder, i);
        good &= decode_in_range(decoder, numbers->values[i], range);
        decode_leave(decoder, mark);
    }
    if (good)
        memcpy(out, numbers->values, 2 * sizeof(*out));
    return good;
}

/* Objects ------------------------------------------------------------------------------ */

static void decode_field(struct decoder *decoder, const struct field *field, const json_t *value,
                         char *target)
{
    const struct range range = {field->low, field->high, field->above, field->below};
    void *out = target + field->offset;
    unsigned choice;
    uint64_t whole;
    bool good = true;
    switch (field->kind) {
    case FIELD_NUMBER:
        good = decode_number(decoder, value, &range, out);
        break;
    case FIELD_PAIR:
        good = decode_pair(decoder, value, &range, out);
        break;
    case FIELD_COUNT:
        good = decode_unsigned(decoder, value, (uint64_t)field->low, (uint64_t)field->high, &whole);
        if (good)
            *(size_t *)out = (size_t)whole;
        break;
    case FIELD_UNSIGNED:
        good = decode_unsigned(decoder, value, (uint64_t)field->low, (uint64_t)field->high, out);
        break;
    case FIELD_BOOL:
        good = json_is_boolean(value);
        if (good)
            *(bool *)out = json_is_true(value);
        else
            decode_wrong_type(decoder, value, "true or false");
        break;
    case FIELD_CHOICE:
        good = decode_choice(decoder, value, field->choices, &choice);
        if (good)
            memcpy(out, &choice, sizeof(choice));
        break;
    case FIELD_SEED:
        good = decode_seed(decoder, value, out);
        break;
    case FIELD_CUSTOM:
        field->decode(decoder, value, target);
        break;
    case FIELD_SERVER:
        break;
    case FIELD_LATER:
        decode_fault(decoder, "\"%s\" is not supported yet; leave it out", field->name);
        break;
    }
    if (good && field->given)
        *(bool *)(target + field->given) = true;
}

static const struct field *find_field(const struct field *fields, const char *name)
{
    for (; fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

void decode_object(struct decoder *decoder, const json_t *value, const struct field *fields,
                   void *target)
{
    if (!json_is_object(value)) {
        decode_wrong_type(decoder, value, "an object");
        return;
    }
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        const struct field *field = find_field(fields, key);
        size_t mark = decode_enter(decoder, key);
        if (field)
            decode_field(decoder, field, member, target);
        else
            decode_fault(decoder, "there is no field of this name here; check its spelling");
        decode_leave(decoder, mark);
    }
    for (const struct field *field = fields; field->name; field++)
        if (field->required && !json_object_get(value, field->name))
            decode_missing(decoder, field->name);
}
