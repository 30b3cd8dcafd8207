#include "api/pass_encoder.h"

#include <stdlib.h>

#include "api/classes.h"
#include "api/values.h"

void encode_identity(struct json_writer *w, const struct snapshot *snapshot)
{
    json_key(w, "network");
    json_text(w, snapshot->name);
    json_key(w, "revision");
    json_unsigned(w, snapshot->revision);
}

/* One value per unit: in the shape that the samples came in. */
static void encode_values(struct json_writer *w, const struct samples_body *body,
                          enum precision precision, const double *values, size_t units)
{
    if (body->batch)
        encode_matrix(w, precision, values, body->samples.rows, units);
    else
        encode_vector(w, precision, values, units);
}

/* What a pass holds of a layer's units. */
static void encode_part(struct json_writer *w, const struct samples_body *body,
                        const struct network *net, const struct pass *pass, enum pass_part part,
                        size_t l)
{
    size_t rows = body->samples.rows, units = net->layers[l].units;
    double *values = reallocarray(NULL, rows, units * sizeof(*values));
    if (!values) {
        w->failed = true;
        return;
    }
    pass_read(pass, part, l, rows, values);
    encode_values(w, body, net->precision, values, units);
    free(values);
}

void encode_outcome(struct json_writer *w, const struct samples_body *body,
                    const struct network *net, const struct outcome *outcome)
{
    json_key(w, "outputs");
    encode_values(w, body, net->precision, outcome->outputs, network_outputs(net));
    if (!body->samples.targets)
        return;
    json_key(w, "errors");
    encode_values(w, body, PRECISION_FLOAT64, outcome->errors, network_outputs(net));
    json_key(w, "total_error");
    json_number(w, outcome->total_error);
    json_key(w, "mean_error");
    json_number(w, outcome->total_error / (double)body->samples.rows);
}

void encode_class(struct json_writer *w, const struct samples_body *body,
                  const struct definition *definition, const double *outputs)
{
    size_t columns = network_outputs(definition->net);
    json_key(w, "class");
    if (!body->batch) {
        json_text(w, class_of(definition, outputs));
        return;
    }
    json_array_begin(w);
    for (size_t s = 0; s < body->samples.rows; s++)
        json_text(w, class_of(definition, outputs + s * columns));
    json_array_end(w);
}

void encode_trace(struct json_writer *w, const struct samples_body *body, const struct network *net,
                  const struct pass *pass)
{
    json_key(w, "trace");
    json_array_begin(w);
    for (size_t l = 0; l < net->layer_count; l++) {
        json_object_begin(w);
        json_key(w, "net");
        encode_part(w, body, net, pass, PASS_NET, l);
        json_key(w, "out");
        encode_part(w, body, net, pass, PASS_OUT, l);
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
        encode_part(w, body, net, pass, PASS_DELTA, l);
    json_array_end(w);
}
