#include "api/train_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/schedule_fields.h"

static void encode_samples(struct json_writer *w, const struct network *net,
                           const struct run_samples *samples)
{
    char hash[24];
    snprintf(hash, sizeof(hash), "%016" PRIx64, run_samples_hash(net, samples));
    json_key(w, "samples");
    json_object_begin(w);
    json_key(w, "count");
    json_unsigned(w, samples->training.rows);
    json_key(w, "hash");
    json_text(w, hash);
    json_object_end(w);
}

static void encode_validation(struct json_writer *w, const struct train_body *body,
                              const struct run_samples *samples)
{
    if (samples->validation.rows == 0)
        return;
    json_key(w, "validation");
    json_object_begin(w);
    if (body->validation.has_split) {
        json_key(w, "split");
        json_number(w, body->validation.split);
    }
    json_key(w, "count");
    json_unsigned(w, samples->validation.rows);
    json_object_end(w);
}

static void encode_early_stopping(struct json_writer *w, const struct early_stopping *stopping)
{
    if (!stopping->on)
        return;
    json_key(w, "early_stopping");
    json_object_begin(w);
    json_key(w, "patience");
    json_unsigned(w, stopping->patience);
    json_key(w, "min_delta");
    json_number(w, stopping->min_delta);
    json_key(w, "restore_best");
    json_bool(w, stopping->restore_best);
    json_object_end(w);
}

/* What the network gives where the body does not. */
static void encode_start(struct json_writer *w, const struct train_body *body,
                         const struct network *net)
{
    char seed[24];
    snprintf(seed, sizeof(seed), "%" PRIu64, body->has_seed ? body->options.seed : net->seed);
    json_key(w, "seed");
    json_text(w, seed);
    json_key(w, "learning_rate");
    json_number(w, body->samples.has_learning_rate ? body->samples.learning_rate
                                                   : net->optimizer.learning_rate);
}

static void encode_options(struct json_writer *w, const struct train_body *body)
{
    const struct train_options *options = &body->options;
    json_key(w, "epochs");
    json_unsigned(w, options->epochs);
    json_key(w, "batch_size");
    json_unsigned(w, body->samples.batch_size);
    json_key(w, "shuffle");
    json_bool(w, options->shuffle);
    json_key(w, "update_order");
    json_text(w, update_order_names[options->order]);
    json_key(w, "schedule");
    encode_schedule(w, &options->schedule);
    if (options->clip_norm > 0) {
        json_key(w, "clip_norm");
        json_number(w, options->clip_norm);
    }
    json_key(w, "stop_below");
    json_number(w, options->stop_below);
    encode_early_stopping(w, &options->early_stopping);
    json_key(w, "history_points");
    json_unsigned(w, body->history_points);
    json_key(w, "include");
    encode_include(w, body->samples.include);
    json_key(w, "cancel_on_disconnect");
    json_bool(w, body->cancel_on_disconnect);
}

char *train_text_encode(const struct train_body *body, const struct network *net,
                        const struct run_samples *samples)
{
    struct json_writer w;
    json_writer_init(&w);
    json_object_begin(&w);
    encode_samples(&w, net, samples);
    encode_validation(&w, body, samples);
    encode_options(&w, body);
    encode_start(&w, body, net);
    if (body->metadata) {
        json_key(&w, "metadata");
        json_raw(&w, body->metadata, strlen(body->metadata));
    }
    json_object_end(&w);
    json_append(&w, "", 1); /* its NUL */
    if (!w.failed)
        return w.data;
    json_writer_release(&w);
    return NULL;
}

struct run_request run_request_of(const struct train_body *body)
{
    return (struct run_request){
        .options = body->options,
        .has_seed = body->has_seed,
        .has_learning_rate = body->samples.has_learning_rate,
        .want_outputs = body->samples.include & INCLUDE_OUTPUTS,
        .want_gradient = body->samples.include & INCLUDE_GRADIENTS,
    };
}

bool train_text_decode(const char *text, struct run_request *out)
{
    static const struct json_limits json_limits = {.max_depth = 64, .max_values = SIZE_MAX};
    struct problem problem = {0};
    struct decoder decoder;
    struct train_body body = {
        .samples = {.decoder = &decoder,
                    .include_allowed = INCLUDE_OUTPUTS | INCLUDE_GRADIENTS | INCLUDE_PARAMETERS}};
    bool good = decoder_begin(&decoder, text, strlen(text), &json_limits, &problem) &&
                train_body_decode_stored(&body);
    if (good) {
        *out = run_request_of(&body);
        out->want_outputs = out->want_gradient = false; /* nobody waits for them any more */
    }
    train_body_release(&body);
    decoder_end(&decoder);
    problem_release(&problem);
    return good;
}
