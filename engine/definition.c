#include "engine/definition.h"

#include <stdlib.h>
#include <string.h>

struct definition *definition_create(struct network *net, char *metadata)
{
    struct definition *definition = calloc(1, sizeof(*definition));
    if (!definition) {
        network_free(net);
        free(metadata);
        return NULL;
    }
    atomic_init(&definition->references, 1);
    definition->net = net;
    definition->metadata = metadata;
    return definition;
}

struct definition *definition_copy(const struct definition *definition)
{
    struct network *net = network_clone(definition->net);
    char *metadata = definition->metadata ? strdup(definition->metadata) : NULL;
    if (!net || (definition->metadata && !metadata)) {
        network_free(net);
        free(metadata);
        return NULL;
    }
    struct definition *copy = definition_create(net, metadata);
    if (copy && !definition_set_classes(copy, (const char *const *)definition->classes,
                                        definition->class_count)) {
        definition_release(copy);
        return NULL;
    }
    return copy;
}

/* Bytes of the pointers to names, and of the names behind them. */
static size_t classes_size(const char *const *names, size_t count)
{
    size_t size = count * sizeof(*names);
    for (size_t c = 0; c < count; c++)
        size += strlen(names[c]) + 1;
    return size;
}

bool definition_set_classes(struct definition *definition, const char *const *names, size_t count)
{
    char **classes = NULL;
    if (count) {
        classes = malloc(classes_size(names, count)); /* one block: the pointers first */
        if (!classes)
            return false;
        char *text = (char *)(classes + count);
        for (size_t c = 0; c < count; c++) {
            classes[c] = text;
            text = stpcpy(text, names[c]) + 1;
        }
    }
    free(definition->classes);
    definition->classes = classes;
    definition->class_count = count;
    return true;
}

struct definition *definition_reference(struct definition *definition)
{
    atomic_fetch_add_explicit(&definition->references, 1, memory_order_relaxed);
    return definition;
}

void definition_release(struct definition *definition)
{
    if (!definition ||
        atomic_fetch_sub_explicit(&definition->references, 1, memory_order_acq_rel) != 1)
        return;
    network_free(definition->net);
    free(definition->metadata);
    free(definition->classes);
    free(definition);
}

size_t definition_size(const struct definition *definition)
{
    const struct network *net = definition->net;
    size_t scaled = (net->input_scaling.offset ? net->inputs : 0) +
                    (net->target_scaling.offset ? network_outputs(net) : 0);
    return sizeof(*definition) + sizeof(*net) + net->layer_count * sizeof(net->layers[0]) +
           2 * scaled * sizeof(double) +
           (definition->metadata ? strlen(definition->metadata) + 1 : 0) +
           classes_size((const char *const *)definition->classes, definition->class_count);
}

void proposal_release(struct proposal *proposal)
{
    definition_release(proposal->definition);
    free(proposal->weights_given);
    free(proposal->biases_given);
    free(proposal->values);
    *proposal = (struct proposal){0};
}

void proposal_parameters(const struct proposal *proposal, double *parameters)
{
    const struct network *net = proposal->definition->net;
    network_initialize(net, parameters);
    if (!proposal->values_given)
        return;
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        if (proposal->weights_given[l])
            memcpy(parameters + layer->weights, proposal->values + layer->weights,
                   layer->units * layer->inputs * sizeof(*parameters));
        if (proposal->biases_given[l])
            memcpy(parameters + layer->biases, proposal->values + layer->biases,
                   layer->bias_count * sizeof(*parameters));
    }
}
