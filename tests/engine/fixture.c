#include "tests/engine/fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/live.h"
#include "tests/harness/tap.h"

/* Definitions --------------------------------------------------------------------------- */

static size_t network_bytes(size_t layer_count)
{
    return sizeof(struct network) + layer_count * sizeof(struct layer);
}

/* "LAYERS DIGITS METADATA", where the digits are the network's bytes: it has no pointers. */
static char *encode(const struct definition *definition)
{
    const unsigned char *bytes = (const unsigned char *)definition->net;
    size_t count = network_bytes(definition->net->layer_count);
    char *text;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return NULL;
    fprintf(file, "%zu ", definition->net->layer_count);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%02x", bytes[i]);
    fprintf(file, " %s", definition->metadata ? definition->metadata : "");
    if (fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

static struct definition *decode(const char *text)
{
    char *end;
    size_t layers = strtoul(text, &end, 10);
    struct network *net = network_create(layers);
    if (!net)
        return NULL;
    unsigned char *bytes = (unsigned char *)net;
    const char *digits = end + 1;
    for (size_t i = 0; i < network_bytes(layers); i++, digits += 2)
        sscanf(digits, "%2hhx", &bytes[i]);
    const char *metadata = digits + 1;
    if (strcmp(metadata, "damaged") != 0)
        return definition_create(net, metadata[0] ? strdup(metadata) : NULL);
    network_free(net);
    return NULL;
}

struct train_options fixture_run_options(uint64_t epochs)
{
    return (struct train_options){.epochs = epochs, .batch_size = 1};
}

char *fixture_run_text(uint64_t epochs)
{
    char *text;
    if (asprintf(&text, "%llu", (unsigned long long)epochs) < 0)
        return NULL;
    return text;
}

static bool decode_run(const char *text, struct run_request *out)
{
    out->options = fixture_run_options(strtoull(text, NULL, 10));
    return out->options.epochs > 0;
}

const struct definition_codec plain_codec = {encode, decode, decode_run};

struct proposal fixture_proposal(size_t inputs, size_t hidden, size_t outputs, uint64_t seed)
{
    struct network *net = network_create(2);
    net->inputs = inputs;
    net->layers[0] = (struct layer){.units = hidden, .activation = ACTIVATION_TANH};
    net->layers[1] = (struct layer){.units = outputs, .activation = ACTIVATION_SIGMOID};
    net->loss = LOSS_SQUARED_ERROR;
    net->optimizer = optimizer_defaults[OPTIMIZER_SGD];
    net->optimizer.momentum = 0.9;
    net->seed = seed;
    if (!network_layout(net, SIZE_MAX))
        abort();
    return (struct proposal){.definition = definition_create(net, NULL), .seed_given = true};
}

struct store *fixture_store(const char *name)
{
    char path[256];
    struct store *store;
    struct store_error error;
    snprintf(path, sizeof(path), "%s/%s", tap_directory(), name);
    if (store_open(name[0] == ':' ? name : path, &store, &error) == STORE_OK)
        return store;
    fprintf(stderr, "%s\n", error.message);
    exit(2);
}

double fixture_save_seconds = 2;
size_t fixture_keep_runs = 100;

struct engine *fixture_engine(struct store *store, size_t cache_bytes, size_t max_queued_runs)
{
    const struct engine_options options = {.request_workers = 2,
                                           .train_workers = 2,
                                           .cache_bytes = cache_bytes,
                                           .max_queued_runs = max_queued_runs,
                                           .save_seconds = fixture_save_seconds,
                                           .keep_runs = fixture_keep_runs};
    struct engine *engine = engine_open(store, &plain_codec, &options);
    if (!engine)
        abort();
    return engine;
}

static double values[4096]; /* written once, by draw_values() */

static void draw_values(void)
{
    uint64_t bits = 1;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        bits = bits * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX generator */
        values[i] = (double)(int64_t)bits / 0x1p63;
    }
}

const double *fixture_values(size_t count)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (count > sizeof(values) / sizeof(values[0]))
        abort();
    pthread_once(&once, draw_values);
    return values;
}

/* What is committed ---------------------------------------------------------------------- */

long revision_of(struct engine *engine, const char *name)
{
    struct snapshot *snapshot;
    enum engine_status status = network_read(engine, name, true, &snapshot);
    if (status == ENGINE_NOT_FOUND)
        return -1;
    if (status != ENGINE_OK)
        abort();
    long revision = (long)snapshot->revision;
    snapshot_release(snapshot);
    return revision;
}

struct snapshot *snapshot_of(struct engine *engine, const char *name)
{
    struct snapshot *snapshot;
    if (network_read(engine, name, true, &snapshot) != ENGINE_OK)
        abort();
    return snapshot;
}

bool same_model(const struct snapshot *a, const struct snapshot *b)
{
    const struct block *left = a->block, *right = b->block;
    return a->steps == b->steps && left->parameter_count == right->parameter_count &&
           left->state_count == right->state_count &&
           left->optimizer_updates == right->optimizer_updates &&
           memcmp(left->values, right->values,
                  (left->parameter_count + left->state_count) * sizeof(double)) == 0;
}
