/* Uploads: their rows, figures and content; what comes of those that are given up. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/dataset_samples.h"
#include "engine/upload.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

/* Columns as text: for each its role, and for words their number; they are called w0, w1, … */
static char *encode(const struct dataset *dataset)
{
    char *text = calloc(dataset->column_count, 32);
    for (size_t i = 0; text && i < dataset->column_count; i++)
        sprintf(text + strlen(text), "%d %zu;", (int)dataset->columns[i].role,
                dataset->columns[i].class_count);
    return text;
}

static const char *const words[] = {"pear", "apple", "fig"};

static bool decode(const char *text, struct dataset *dataset)
{
    size_t count = 0;
    for (const char *c = text; *c; c++)
        count += *c == ';';
    if (!dataset_set_columns(dataset, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        int role;
        size_t classes;
        if (sscanf(text, "%d %zu;", &role, &classes) != 2)
            return false;
        dataset->columns[i].role = (enum column_role)role;
        if (classes && !dataset_column_set_classes(&dataset->columns[i], words, classes))
            return false;
        text = strchr(text, ';') + 1;
    }
    return true;
}

static const struct dataset_codec codec = {encode, decode};

static struct engine *open_engine(struct store *store)
{
    const struct engine_options options = {.request_workers = 1,
                                           .train_workers = 1,
                                           .cache_bytes = 1 << 20,
                                           .max_queued_runs = 1,
                                           .datasets = &codec};
    struct engine *engine = engine_open(store, &plain_codec, &options);
    if (!engine)
        abort();
    return engine;
}

/* Two inputs, a weight, and a target of words. */
static struct dataset *describe(void)
{
    struct dataset *dataset = dataset_create(4);
    dataset->columns[1].role = COLUMN_WEIGHT;
    dataset->columns[3].role = COLUMN_TARGET;
    dataset_column_set_classes(&dataset->columns[3], words, 3);
    return dataset;
}

/* Row s of a dataset. */
static void make_row(size_t s, double row[4])
{
    row[0] = (double)s;
    row[1] = 0.5 + (double)s;
    row[2] = -3;
    row[3] = (double)(s % 3);
}

static struct upload *send(struct engine *engine, size_t rows)
{
    struct upload *upload = upload_begin(engine, 4);
    for (size_t s = 0; s < rows; s++) {
        double row[4];
        make_row(s, row);
        if (!upload_add(upload, row))
            abort();
        if (upload_is_ahead(upload))
            upload_wait(upload);
    }
    return upload;
}

static enum engine_status publish(struct engine *engine, const char *name, size_t rows,
                                  const struct preconditions *preconditions, bool *created)
{
    struct upload *upload = send(engine, rows);
    struct dataset *dataset = describe();
    enum engine_status status = upload_publish(upload, name, preconditions, dataset, created);
    dataset_release(dataset);
    upload_release(upload);
    return status;
}

/* Sizes below, at and above the ends of parts, which rows of 4 values do not meet. */
static const size_t sizes[] = {1, 100, 32767, 32768, 100001};

static void check_samples(struct engine *engine, const struct dataset *dataset, size_t rows)
{
    struct target_layout layout = {.outputs = 3};
    struct dataset_samples *samples;
    if (!tap_ok(dataset_samples_load(engine, dataset, &layout, &samples) == ENGINE_OK,
                "%zu rows as samples", rows))
        return;
    static const size_t places[] = {2, 0, 1}; /* of pear, apple, fig in byte order */
    bool same = samples->samples.rows == rows && samples->inputs == 2 && samples->outputs == 3;
    for (size_t s = 0; s < rows && same; s++) {
        const double *targets = samples->samples.targets + 3 * s;
        same = samples->samples.inputs[2 * s] == (double)s &&
               samples->samples.inputs[2 * s + 1] == -3 &&
               samples->samples.weights[s] == 0.5 + (double)s && targets[places[s % 3]] == 1 &&
               targets[0] + targets[1] + targets[2] == 1;
    }
    tap_ok(same, "%zu rows: inputs, weights and words", rows);
    dataset_samples_release(samples);
}

static void test_sizes(struct engine *engine)
{
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t rows = sizes[i];
        bool created;
        struct dataset *dataset;
        double row[4], expected[4];
        tap_ok(publish(engine, "sizes", rows, NULL, &created) == ENGINE_OK && created == (i == 0),
               "%zu rows", rows);
        if (dataset_read(engine, "sizes", &dataset) != ENGINE_OK)
            abort();
        make_row(rows - 1, expected);
        tap_ok(dataset->row.rows == rows &&
                   dataset_read_rows(engine, dataset, rows - 1, 1, row) == ENGINE_OK &&
                   memcmp(row, expected, sizeof(row)) == 0,
               "the last of %zu", rows);
        check_samples(engine, dataset, rows);
        dataset_release(dataset);
    }
}

/* Figures of 0 … n - 1: mean (n - 1) / 2, variance (n² - 1) / 12. */
static void test_figures(struct engine *engine)
{
    struct upload *upload = send(engine, 1001);
    struct dataset *dataset = describe();
    bool created;
    upload_publish(upload, "figures", NULL, dataset, &created);
    tap_near(dataset->columns[0].mean, 500, 1e-12, "mean");
    tap_near(dataset->columns[0].deviation, sqrt((1001.0 * 1001 - 1) / 12), 1e-9, "deviation");
    tap_ok(dataset->columns[0].low == 0 && dataset->columns[0].high == 1000, "range");
    tap_ok(dataset->columns[2].deviation == 0, "of equal values");
    dataset_release(dataset);
    upload_release(upload);
}

static void test_words(struct engine *engine)
{
    static const size_t outputs[] = {1, 0, 0};
    struct target_layout one = {.outputs = 1, .class_outputs = outputs};
    struct target_layout two = {.outputs = 2, .class_outputs = outputs};
    struct dataset *dataset;
    struct dataset_samples *samples, *again;
    bool created;
    publish(engine, "words", 3, NULL, &created);
    if (dataset_read(engine, "words", &dataset) != ENGINE_OK)
        abort();
    tap_ok(dataset_samples_load(engine, dataset, &one, &samples) == ENGINE_OK &&
               samples->samples.targets[0] == 1 && samples->samples.targets[1] == 0,
           "as one output");
    dataset_samples_release(samples);
    tap_ok(dataset_samples_load(engine, dataset, &one, &samples) == ENGINE_OK, "and again");
    tap_ok(dataset_samples_load(engine, dataset, &one, &again) == ENGINE_OK && again == samples,
           "which who asks meanwhile shares");
    tap_ok(dataset_samples_load(engine, dataset, &two, &again) == ENGINE_OK && again != samples,
           "but not who wants others");
    dataset_samples_release(again);
    dataset_samples_release(samples);
    dataset_samples_release(samples);
    tap_ok(dataset_samples_load(engine, dataset, &two, &samples) == ENGINE_OK &&
               memcmp(samples->samples.targets, (double[]){0, 1, 1, 0, 1, 0}, 48) == 0,
           "as outputs of other places");
    dataset_samples_release(samples);
    dataset_release(dataset);
}

static void test_preconditions(struct engine *engine)
{
    bool created;
    struct preconditions new = {.none_match = {.given = true, .any = true}};
    struct preconditions wrong = {.match = {.given = true, .count = 1, .tags = {{1, 1}}}};
    tap_ok(publish(engine, "p", 5, &wrong, &created) == ENGINE_PRECONDITION, "nothing is there");
    tap_ok(publish(engine, "p", 5, &new, &created) == ENGINE_OK && created, "a free name");
    tap_ok(publish(engine, "p", 5, &new, &created) == ENGINE_PRECONDITION, "that is free no more");
    tap_ok(dataset_delete_named(engine, "p", &wrong) == ENGINE_PRECONDITION, "another content");
    tap_ok(dataset_delete_named(engine, "p", NULL) == ENGINE_OK, "a deletion");
    tap_ok(dataset_delete_named(engine, "p", NULL) == ENGINE_NOT_FOUND, "of which there is one");
}

/* Keeps the store's thread from going on, from its first change until it is let go. */
struct hold {
    struct store_change barrier; /* first: both have one address */
    pthread_mutex_t lock;
};

static void keep(struct store_change *change, enum store_status status)
{
    struct hold *hold = (struct hold *)change;
    (void)status;
    pthread_mutex_lock(&hold->lock);
    pthread_mutex_unlock(&hold->lock);
}

static void note(void *argument)
{
    atomic_store((atomic_bool *)argument, true);
}

/* Who adds rows is told to wait while the disk is behind, and called when it is no more. */
static void test_ahead(struct engine *engine, struct store *store)
{
    struct hold hold = {.barrier = {.kind = STORE_BARRIER, .done = keep},
                        .lock = PTHREAD_MUTEX_INITIALIZER};
    atomic_bool called = false;
    double row[4] = {0};
    struct upload *upload = upload_begin(engine, 4);
    pthread_mutex_lock(&hold.lock);
    store_submit(store, &hold.barrier);
    for (size_t s = 1; s < 2 * (size_t)STORE_PART_VALUES / 4; s++)
        upload_add(upload, row);
    tap_ok(!upload_is_ahead(upload), "one part may be on its way");
    tap_ok(!upload_notify(upload, note, &called), "nobody waits for that");
    upload_add(upload, row);
    tap_ok(upload_is_ahead(upload), "two are enough");
    tap_ok(upload_notify(upload, note, &called) && !called, "one waits");
    pthread_mutex_unlock(&hold.lock);
    for (int i = 0; i < 5000 && !called; i++)
        usleep(1000);
    tap_ok(called, "and is called");
    upload_release(upload);
}

static void test_loads_while_replaced(struct engine *engine)
{
    struct dataset *dataset;
    struct target_layout layout = {.outputs = 3};
    struct dataset_samples *samples = NULL;
    bool created;
    publish(engine, "r", 100000, NULL, &created);
    if (dataset_read(engine, "r", &dataset) != ENGINE_OK)
        abort();
    publish(engine, "r", 10, NULL, &created);
    enum engine_status status = dataset_samples_load(engine, dataset, &layout, &samples);
    tap_ok(status == ENGINE_AGAIN || (status == ENGINE_OK && samples->samples.rows == 100000),
           "what was replaced is read whole, or not at all");
    dataset_samples_release(samples);
    dataset_release(dataset);
}

int main(void)
{
    struct store *store = fixture_store("datasets.db");
    struct engine *engine = open_engine(store);
    test_sizes(engine);
    test_figures(engine);
    test_words(engine);
    test_preconditions(engine);
    test_loads_while_replaced(engine);
    test_ahead(engine, store);
    upload_release(send(engine, 100000)); /* given up */
    engine_close(engine);
    store_close(store);

    store = fixture_store("datasets.db");
    engine = open_engine(store);
    struct dataset_listing listing;
    enum engine_status status = dataset_list(engine, NULL, NULL, 10, &listing);
    tap_ok(status == ENGINE_OK && listing.count == 4,
           "what was published is there after a restart: %zu", listing.count);
    dataset_listing_release(&listing);
    engine_close(engine);
    store_close(store);
    return tap_done();
}
