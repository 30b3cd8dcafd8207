#include "api/classes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/dataset_use.h"
#include "nn/metrics.h"

enum { CLASS_MAX_LENGTH = 128 };

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether a name occurs twice among `count`, which are put in order. */
static const char *find_twice(const char **names, size_t count)
{
    qsort(names, count, sizeof(*names), compare_names);
    for (size_t i = 1; i < count; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            return names[i];
    return NULL;
}

/* The name, or NULL with a fault. */
static const char *check_name(struct decoder *decoder, const json_t *value)
{
    const char *name = json_string_value(value);
    if (!name || json_document_numbers(&decoder->document, value)) {
        decode_wrong_type(decoder, value, "a string");
        return NULL;
    }
    if (strlen(name) >= 1 && strlen(name) <= CLASS_MAX_LENGTH)
        return name;
    decode_fault(decoder, "must have 1 to %d bytes", CLASS_MAX_LENGTH);
    return NULL;
}

static void check_names(struct decoder *decoder, const json_t *value, size_t count)
{
    const char **names = calloc(count, sizeof(*names));
    bool good = true;
    if (!names) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        size_t mark = decode_enter_index(decoder, i);
        names[i] = check_name(decoder, json_array_get(value, i));
        good &= names[i] != NULL;
        decode_leave(decoder, mark);
    }
    const char *twice = good ? find_twice(names, count) : NULL;
    if (twice)
        decode_fault(decoder, "has \"%s\" twice; each name stands for one class", twice);
    free(names);
}

/* The words of a dataset's only target, in the order that they have as outputs; NULL with a fault.
 */
static json_t *words_of(struct decoder *decoder, const struct dataset *dataset)
{
    const struct dataset_column *words = dataset_classes(dataset);
    if (!words) {
        decode_fault(decoder, "has no classes: they are the words of a single target column");
        return NULL;
    }
    json_t *array = json_array();
    for (size_t c = 0; c < words->class_count; c++)
        json_array_append_new(array, json_null());
    for (size_t c = 0; c < words->class_count; c++)
        json_array_set_new(array, words->places[c], json_string(words->classes[c]));
    return array;
}

static void take_dataset(struct decoder *decoder, const json_t *value, void *target)
{
    struct dataset *dataset = dataset_named(decoder, value);
    if (dataset)
        *(json_t **)target = words_of(decoder, dataset);
    dataset_release(dataset);
}

static const struct field dataset_fields[] = {
    {"dataset", FIELD_CUSTOM, .decode = take_dataset, .required = true},
    {0},
};

const json_t *resolve_classes(struct decoder *decoder, const json_t *value)
{
    if (!json_is_object(value))
        return value;
    json_t *array = NULL;
    decode_object(decoder, value, dataset_fields, &array);
    if (!array)
        return NULL;
    /* Where it is freed together with the document. */
    json_object_set_new((json_t *)(uintptr_t)value, "resolved", array);
    return array;
}

void check_classes(struct decoder *decoder, const json_t *value, size_t outputs)
{
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    bool empty = numbers && numbers->rank == 1 && numbers->count == 0;
    size_t count = json_array_size(value);
    if (!json_is_array(value) && !empty) {
        decode_wrong_type(decoder, value, "an array of names");
    } else if (outputs && count != class_count(outputs)) {
        decode_fault(decoder, "must have %zu names (%s), not %zu", class_count(outputs),
                     outputs == 1 ? "below and from 0.5 up of the one output"
                                  : "one for each output",
                     count);
    } else if (count) {
        check_names(decoder, value, count);
    }
}

void take_classes(struct decoder *decoder, const json_t *value, struct definition *definition)
{
    size_t count = json_array_size(value);
    const char **names = calloc(count, sizeof(*names));
    bool taken = false;
    if (names) {
        for (size_t i = 0; i < count; i++)
            names[i] = json_string_value(json_array_get(value, i));
        taken = definition_set_classes(definition, names, count);
    }
    free(names);
    if (!taken)
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
}

void encode_classes(struct json_writer *w, const struct definition *definition)
{
    json_array_begin(w);
    for (size_t c = 0; c < definition->class_count; c++)
        json_text(w, definition->classes[c]);
    json_array_end(w);
}

const char *class_of(const struct definition *definition, const double *outputs)
{
    size_t columns = network_outputs(definition->net);
    return definition->classes[class_chosen(outputs, columns, CLASS_THRESHOLD)];
}
