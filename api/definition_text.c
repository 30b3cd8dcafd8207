#include "api/definition_text.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "api/classes.h"
#include "api/definition_body.h"
#include "api/frozen.h"
#include "api/layer_fields.h"
#include "api/optimizer_fields.h"
#include "api/regularization.h"
#include "api/scaling.h"
#include "api/train_text.h"

static void encode_layers(struct json_writer *w, const struct network *net,
                          const double *parameters)
{
    json_key(w, "layers");
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++)
        encode_layer(w, net, l, parameters);
    json_array_end(w);
}

static void encode_loss(struct json_writer *w, const struct network *net)
{
    json_key(w, "loss");
    json_text(w, loss_names[net->loss]);
    if (net->loss != LOSS_HUBER)
        return;
    json_key(w, "huber_delta");
    json_number(w, net->huber_delta);
}

static void encode_scalings(struct json_writer *w, const struct network *net)
{
    if (net->input_scaling.offset) {
        json_key(w, "input_scaling");
        encode_scaling(w, &net->input_scaling, net->inputs);
    }
    if (net->target_scaling.offset) {
        json_key(w, "target_scaling");
        encode_scaling(w, &net->target_scaling, network_outputs(net));
    }
}

void encode_definition(struct json_writer *w, const struct definition *definition,
                       const double *parameters)
{
    const struct network *net = definition->net;
    char seed[24];
    snprintf(seed, sizeof(seed), "%" PRIu64, net->seed);
    json_key(w, "inputs");
    json_unsigned(w, net->inputs);
    encode_layers(w, net, parameters);
    json_key(w, "frozen");
    encode_frozen(w, net);
    encode_loss(w, net);
    json_key(w, "optimizer");
    encode_optimizer(w, &net->optimizer);
    json_key(w, "regularization");
    encode_regularization(w, &net->regularization);
    encode_scalings(w, net);
    if (definition->classes) {
        json_key(w, "classes");
        encode_classes(w, definition);
    }
    json_key(w, "precision");
    json_text(w, precision_names[net->precision]);
    json_key(w, "seed");
    json_text(w, seed);
    if (definition->metadata) {
        json_key(w, "metadata");
        json_raw(w, definition->metadata, strlen(definition->metadata));
    }
}

static char *encode_text(const struct definition *definition)
{
    struct json_writer w;
    json_writer_init(&w);
    json_object_begin(&w);
    encode_definition(&w, definition, NULL);
    json_object_end(&w);
    json_append(&w, "", 1); /* its NUL */
    if (!w.failed)
        return w.data;
    json_writer_release(&w);
    return NULL;
}

static struct definition *decode_text(const char *text)
{
    static const struct limits none = {.max_layers = SIZE_MAX, .max_parameters = SIZE_MAX};
    static const struct json_limits json_limits = {.max_depth = 64, .max_values = SIZE_MAX};
    struct problem problem = {0};
    struct decoder decoder;
    struct proposal proposal = {0};
    struct definition *definition = NULL;
    if (decoder_begin(&decoder, text, strlen(text), &json_limits, &problem) &&
        decode_definition(&decoder, &none, &proposal))
        definition = definition_reference(proposal.definition);
    proposal_release(&proposal);
    decoder_end(&decoder);
    problem_release(&problem);
    return definition;
}

const struct definition_codec definition_text_codec = {encode_text, decode_text, train_text_decode};
