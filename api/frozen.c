#include "api/frozen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The layer that a name begins with, and the rest of the name; NULL when there is none. */
static struct layer *find_layer(const char *name, struct layer *layers, size_t count,
                                const char **rest)
{
    static const char prefix[] = "layers.";
    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return NULL;
    const char *digits = name + sizeof(prefix) - 1;
    char *end;
    if (*digits < '0' || *digits > '9' ||
        (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'))
        return NULL;
    unsigned long l = strtoul(digits, &end, 10);
    *rest = end;
    return l < count ? &layers[l] : NULL;
}

/* "layers.N", "layers.N.weights" or "layers.N.biases"; anything else is a fault. */
static void freeze(struct decoder *decoder, const char *name, struct layer *layers, size_t count)
{
    const char *rest = "";
    struct layer *layer = name ? find_layer(name, layers, count, &rest) : NULL;
    bool weights = strcmp(rest, ".weights") == 0;
    bool biases = strcmp(rest, ".biases") == 0;
    bool all = *rest == '\0';
    if (!layer || !(weights || biases || all)) {
        decode_fault(decoder,
                     "must name a layer's parameters: \"layers.N\", \"layers.N.weights\" or "
                     "\"layers.N.biases\" with N from 0 to %zu",
                     count - 1);
        return;
    }
    if (biases && layer->bias == BIAS_NONE) {
        decode_fault(decoder, "layer %td has no biases", layer - layers);
        return;
    }
    layer->frozen_weights |= weights || all;
    layer->frozen_biases |= biases || all;
}

void decode_frozen(struct decoder *decoder, const json_t *value, struct layer *layers, size_t count)
{
    for (size_t l = 0; l < count; l++)
        layers[l].frozen_weights = layers[l].frozen_biases = false;
    if (!value)
        return;
    const struct json_numbers *numbers = json_document_numbers(&decoder->document, value);
    if (numbers && numbers->rank == 1 && numbers->count == 0)
        return;
    if (!json_is_array(value)) {
        decode_wrong_type(decoder, value, "an array of parameter names");
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        size_t mark = decode_enter_index(decoder, i);
        freeze(decoder, json_string_value(json_array_get(value, i)), layers, count);
        decode_leave(decoder, mark);
    }
}

void encode_frozen(struct json_writer *w, const struct network *net)
{
    char name[64];
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++) {
        const struct layer *layer = &net->layers[l];
        if (!layer->frozen_weights && !layer->frozen_biases)
            continue;
        const char *part = layer->frozen_weights ? ".weights" : ".biases";
        if (layer->frozen_weights && layer->frozen_biases)
            part = "";
        snprintf(name, sizeof(name), "layers.%zu%s", l, part);
        json_text(w, name);
    }
    json_array_end(w);
}
