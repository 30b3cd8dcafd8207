#include "api/frozen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "layers.N", "layers.N.weights" or "layers.N.biases". */
static bool freeze(const char *name, struct layer *layers, size_t count)
{
    static const char prefix[] = "layers.";
    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
        return false;
    const char *digits = name + sizeof(prefix) - 1;
    char *end;
    if (*digits < '0' || *digits > '9' ||
        (digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9'))
        return false;
    unsigned long l = strtoul(digits, &end, 10);
    if (l >= count)
        return false;
    struct layer *layer = &layers[l];
    bool weights = strcmp(end, ".weights") == 0;
    bool biases = strcmp(end, ".biases") == 0 && layer->bias != BIAS_NONE;
    bool all = *end == '\0';
    layer->frozen_weights |= weights || all;
    layer->frozen_biases |= biases || all;
    return weights || biases || all;
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
        const char *name = json_string_value(json_array_get(value, i));
        if (name && freeze(name, layers, count))
            continue;
        size_t mark = decode_enter_index(decoder, i);
        decode_fault(decoder,
                     "must name a layer's parameters: \"layers.N\", \"layers.N.weights\" or "
                     "\"layers.N.biases\" with N from 0 to %zu",
                     count - 1);
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
