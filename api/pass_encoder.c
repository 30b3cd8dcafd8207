#include "api/pass_encoder.h"

void encode_identity(struct json_writer *w, const struct snapshot *snapshot)
{
    json_key(w, "network");
    json_text(w, snapshot->name);
    json_key(w, "revision");
    json_unsigned(w, snapshot->revision);
}

/* One value per unit: in the shape that the samples came in. */
static void encode_values(struct json_writer *w, const struct samples_body *body,
                          const double *values, size_t units)
{
    if (body->batch)
        json_matrix(w, values, body->samples.rows, units);
    else
        json_vector(w, values, units);
}

void encode_outcome(struct json_writer *w, const struct samples_body *body,
                    const struct network *net, const struct outcome *outcome)
{
    json_key(w, "outputs");
    encode_values(w, body, outcome->outputs, network_outputs(net));
    if (!body->samples.targets)
        return;
    json_key(w, "errors");
    encode_values(w, body, outcome->errors, network_outputs(net));
    json_key(w, "total_error");
    json_number(w, outcome->total_error);
    json_key(w, "mean_error");
    json_number(w, outcome->total_error / (double)body->samples.rows);
}

void encode_trace(struct json_writer *w, const struct samples_body *body, const struct network *net,
                  const struct pass *pass)
{
    json_key(w, "trace");
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++) {
        json_object_begin(w);
        json_key(w, "net");
        encode_values(w, body, pass->net[l], net->layers[l].units);
        json_key(w, "out");
        encode_values(w, body, pass->out[l], net->layers[l].units);
        json_object_end(w);
    }
    json_array_end(w);
}

void encode_deltas(struct json_writer *w, const struct samples_body *body,
                   const struct network *net, const struct pass *pass)
{
    json_key(w, "deltas");
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++)
        encode_values(w, body, pass->delta[l], net->layers[l].units);
    json_array_end(w);
}
