/* What a request may ask of its samples, so that neither the pass nor the answer fills the memory.
 */
#include "api/samples_body.h"

#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

static const struct bound_case {
    const char *what;
    size_t rows, units, outputs; /* units: of all layers */
    bool targets;                /* for 1 output */
    unsigned always, include;
    bool trace, layerwise;
    size_t batch_size;
    const char *fault; /* the pointer; NULL: it is taken */
} bound_cases[] = {
    {"outputs", 10, 1000000, 1000000, false, INCLUDE_OUTPUTS, 0},
    {"more outputs", 11, 1000000, 1000000, false, INCLUDE_OUTPUTS, 0, .fault = "/inputs"},
    {"outputs that are included", 11, 1000000, 1000000, false, 0, INCLUDE_OUTPUTS,
     .fault = "/include"},
    {"outputs that are left out", 11, 1000000, 1000000, false, 0, INCLUDE_GRADIENTS},
    {"as many units, not answered", 11, 1000000, 1, true, INCLUDE_OUTPUTS, INCLUDE_GRADIENTS},
    {"a trace", 5, 999999, 1, false, INCLUDE_OUTPUTS, 0, .trace = true},
    {"a longer trace", 6, 999999, 1, false, INCLUDE_OUTPUTS, 0, .trace = true, .fault = "/trace"},
    {"a trace that is included", 6, 999999, 1, true, INCLUDE_OUTPUTS, INCLUDE_TRACE,
     .fault = "/include"},
    {"deltas", 9, 1000000, 1, true, INCLUDE_OUTPUTS, INCLUDE_DELTAS},
    {"more deltas", 10, 1000000, 1, true, INCLUDE_OUTPUTS, INCLUDE_DELTAS, .fault = "/include"},
    {"deltas and a trace", 4, 999999, 1, true, INCLUDE_OUTPUTS, INCLUDE_DELTAS | INCLUDE_TRACE,
     .fault = "/include"},
    {"layer by layer", 10, 1000000, 1, true, INCLUDE_OUTPUTS, 0, .layerwise = true},
    {"layer by layer, more", 11, 1000000, 1, true, INCLUDE_OUTPUTS, 0, .layerwise = true,
     .fault = "/update_order"},
    {"layer by layer, in batches", 11, 1000000, 1, true, 0, 0, .layerwise = true, .batch_size = 10},
    {"layer by layer, in one batch", 11, 1000000, 1, true, 0, 0, .layerwise = true,
     .batch_size = 12, .fault = "/update_order"},
    {"the largest network and the most samples", 1000, 1000000000, 1, false, INCLUDE_OUTPUTS, 0},
    {"their trace", 1000, 1000000000, 1, false, INCLUDE_OUTPUTS, 0, .trace = true,
     .fault = "/trace"},
};

static const struct field fields[] = {SAMPLES_INPUTS_FIELD, SAMPLES_TARGETS_FIELD, {0}};

/* `name` and that many samples of one number, at `end`; returns the new end. */
static char *write_samples(char *end, const char *name, size_t rows)
{
    end += sprintf(end, "\"%s\":[", name);
    for (size_t s = 0; s < rows; s++)
        end += sprintf(end, s ? ",[0]" : "[0]");
    return stpcpy(end, "]");
}

static char *write_body(const struct bound_case *row)
{
    char *text = malloc(64 + row->rows * 8);
    char *end = write_samples(stpcpy(text, "{"), "inputs", row->rows);
    if (row->targets)
        end = write_samples(stpcpy(end, ","), "targets", row->rows);
    strcpy(end, "}");
    return text;
}

static void test_bound(const struct bound_case *row)
{
    static const struct json_limits limits = {.max_depth = 16, .max_values = 100};
    struct network *net = network_create(1);
    net->inputs = 1;
    net->unit_count = row->units;
    net->layers[0].units = row->outputs;
    struct problem problem = {0};
    struct decoder decoder;
    struct samples_body body = {
        .decoder = &decoder,
        .max_samples = 1000000,
        .trace = row->trace,
        .order = row->layerwise ? UPDATE_LAYERWISE : UPDATE_SIMULTANEOUS,
        .batch_size = row->batch_size,
        .include = row->include,
        .always = row->always,
    };
    char *text = write_body(row);
    decoder_begin(&decoder, text, strlen(text), &limits, &problem);
    decode_object(&decoder, decoder.document.root, fields, &body);
    bool taken = samples_body_check(&body, net);
    tap_ok(taken == !row->fault && problem.error_count == (row->fault != NULL), "%s: %s", row->what,
           row->fault ? "refused" : "taken");
    tap_text(problem.error_count ? problem.errors[0].pointer : NULL, row->fault, "%s", row->what);
    decoder_end(&decoder);
    problem_release(&problem);
    network_free(net);
    free(text);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(bound_cases) / sizeof(bound_cases[0]); i++)
        test_bound(&bound_cases[i]);
    return tap_done();
}
