#include "api/dataset_use.h"

#include <stdlib.h>
#include <string.h>

#include "api/names.h"

enum { ATTEMPTS = 20 }; /* times that a dataset may be replaced while it is read */

/* Adds what the engine said about a dataset. */
static void refuse(struct decoder *decoder, enum engine_status status, const char *name)
{
    if (status == ENGINE_NOT_FOUND) {
        decode_fault(decoder,
                     "names no dataset: there is none named \"%s\"; GET /v1/datasets lists "
                     "all",
                     name);
    } else if (status == ENGINE_DAMAGED) {
        problem_set(decoder->problem, PROBLEM_DATASET_DAMAGED,
                    "What is stored of dataset \"%s\" does not pass its checks; PUT it again, or "
                    "delete it.",
                    name);
    } else {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE,
                    status == ENGINE_NO_MEMORY
                        ? "The service has no memory left for dataset \"%s\"; nothing was changed."
                        : "Dataset \"%s\" cannot be read just now; nothing was changed. Try again.",
                    name);
        decoder->problem->retry_after = 1;
    }
}

/* The name that a member gives; NULL with a fault. */
static const char *name_of(struct decoder *decoder, const json_t *value)
{
    const char *name = json_string_value(value);
    if (!name || json_document_numbers(&decoder->document, value)) {
        decode_wrong_type(decoder, value, "the name of a dataset");
        return NULL;
    }
    if (name_is_valid(name))
        return name;
    decode_fault(decoder, "must be the name of a dataset: %s", name_rule);
    return NULL;
}

struct dataset *dataset_named(struct decoder *decoder, const json_t *value)
{
    const char *name = name_of(decoder, value);
    struct dataset *dataset = NULL;
    if (!name)
        return NULL;
    enum engine_status status =
        decoder->engine ? dataset_read(decoder->engine, name, &dataset) : ENGINE_NOT_FOUND;
    if (status != ENGINE_OK)
        refuse(decoder, status, name);
    return dataset;
}

/* Words as classes of the network --------------------------------------------------------- */

/* The place of a name among a network's classes; SIZE_MAX when it is none. */
static size_t find_class(const struct definition *definition, const char *name)
{
    for (size_t c = 0; c < definition->class_count; c++)
        if (strcmp(definition->classes[c], name) == 0)
            return c;
    return SIZE_MAX;
}

/* For each word of a column the network's class of that name; NULL with a fault. */
static size_t *map_classes(struct decoder *decoder, const struct dataset_column *words,
                           const struct definition *definition)
{
    size_t *map = calloc(words->class_count, sizeof(*map));
    if (!map) {
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
        return NULL;
    }
    for (size_t c = 0; c < words->class_count; c++) {
        map[c] = find_class(definition, words->classes[c]);
        if (map[c] != SIZE_MAX)
            continue;
        decode_fault(decoder, "has the class \"%s\", which is none of the network's `classes`",
                     words->classes[c]);
        free(map);
        return NULL;
    }
    return map;
}

/* Whether the sizes are the network's. */
static bool check_sizes(struct decoder *decoder, size_t inputs, size_t outputs,
                        const struct network *net)
{
    if (inputs != net->inputs)
        decode_fault(decoder, "has %zu inputs, but the network %zu", inputs, net->inputs);
    else if (outputs && outputs != network_outputs(net))
        decode_fault(decoder, "has %zu targets, but the network %zu outputs", outputs,
                     network_outputs(net));
    return inputs == net->inputs && (!outputs || outputs == network_outputs(net));
}

bool dataset_samples_fit(struct decoder *decoder, const struct dataset_samples *samples,
                         const struct network *net)
{
    return check_sizes(decoder, samples->inputs, samples->outputs, net);
}

/* How the targets become the network's outputs. False with a fault. Frees nothing. */
static bool lay_out(struct decoder *decoder, const struct dataset *dataset,
                    const struct definition *definition, bool targets_needed,
                    struct target_layout *layout)
{
    const struct dataset_column *words = dataset_classes(dataset);
    *layout = (struct target_layout){.outputs = dataset_outputs(dataset)};
    if (!layout->outputs && targets_needed) {
        decode_fault(decoder,
                     "has no targets: PUT it again with ?targets= and the names of columns");
        return false;
    }
    if (words && definition->classes) {
        layout->class_outputs = map_classes(decoder, words, definition);
        layout->outputs = network_outputs(definition->net);
        if (!layout->class_outputs)
            return false;
    }
    return check_sizes(decoder, dataset_inputs(dataset), layout->outputs, definition->net);
}

/* One attempt; ENGINE_INVALID with a fault, ENGINE_AGAIN when it was replaced meanwhile. */
static enum engine_status try_load(struct decoder *decoder, const char *name,
                                   const struct definition *definition, bool targets_needed,
                                   struct dataset_samples **out)
{
    struct dataset *dataset;
    struct target_layout layout = {0};
    enum engine_status status =
        decoder->engine ? dataset_read(decoder->engine, name, &dataset) : ENGINE_NOT_FOUND;
    if (status != ENGINE_OK)
        return status;
    status = lay_out(decoder, dataset, definition, targets_needed, &layout)
                 ? dataset_samples_load(decoder->engine, dataset, &layout, out)
                 : ENGINE_INVALID;
    free((size_t *)layout.class_outputs);
    dataset_release(dataset);
    return status;
}

struct dataset_samples *dataset_samples_named(struct decoder *decoder, const json_t *value,
                                              const struct definition *definition,
                                              bool targets_needed)
{
    const char *name = name_of(decoder, value);
    struct dataset_samples *samples = NULL;
    if (!name)
        return NULL;
    enum engine_status status = ENGINE_AGAIN;
    for (int attempt = 0; status == ENGINE_AGAIN && attempt < ATTEMPTS; attempt++)
        status = try_load(decoder, name, definition, targets_needed, &samples);
    if (status != ENGINE_OK && status != ENGINE_INVALID)
        refuse(decoder, status, name);
    return samples;
}
