#include "engine/upload.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/digest.h"
#include "engine/state.h"

enum {
    AHEAD_PARTS = 2,        /* on their way to the disk */
    FIRST_PART_VALUES = 64, /* room that a part has at first */
    ATTEMPTS = 20,          /* times that the name may be taken by others meanwhile */
};

/* Figures of a column while its values come in. */
struct figures {
    double mean;
    double squares; /* sum of the square distances from the mean (B. P. Welford, 1962) */
    double low;
    double high;
};

/* A part of the values. */
struct part {
    struct store_change change; /* first: the change and its part have one address */
    struct upload *upload;      /* referenced once the change is submitted */
    size_t room;                /* of `values` */
    double *values;
};

struct upload {
    struct engine *engine;
    size_t width;
    uint64_t rows;
    struct figures *figures; /* of each column */
    struct digest digest;
    struct part *current; /* the part that fills; or NULL */
    uint64_t part_count;  /* submitted */
    bool published;

    int64_t staged; /* the store's */
    struct store_chain chain;

    atomic_int references; /* the owner's, and one of each change under way */
    pthread_mutex_t lock;  /* guards what follows */
    unsigned under_way;    /* parts */
    enum engine_status status;
    void (*go_on)(void *argument); /* who waits; or NULL */
    void *argument;
    struct store_change forget;
};

/* Parts -------------------------------------------------------------------------------- */

static void part_free(struct part *part)
{
    if (part)
        free(part->values);
    free(part);
}

static void drop_reference(struct upload *upload)
{
    if (atomic_fetch_sub(&upload->references, 1) != 1)
        return;
    part_free(upload->current);
    free(upload->figures);
    pthread_mutex_destroy(&upload->lock);
    free(upload);
}

/* On the store's thread: a part is on disk, or is not. */
static void part_done(struct store_change *change, enum store_status status)
{
    struct part *part = (struct part *)change;
    struct upload *upload = part->upload;
    void (*go_on)(void *) = NULL;
    void *argument = NULL;
    pthread_mutex_lock(&upload->lock);
    upload->under_way--;
    if (status != STORE_OK && upload->status == ENGINE_OK) {
        upload->status = engine_status_of(status);
        atomic_fetch_add(&upload->chain.generation, 1); /* nothing is to follow it */
    }
    if (upload->under_way < AHEAD_PARTS) {
        go_on = upload->go_on;
        argument = upload->argument;
        upload->go_on = NULL;
    }
    pthread_mutex_unlock(&upload->lock);
    part_free(part);
    if (go_on)
        go_on(argument);
    drop_reference(upload);
}

/* Gives the part that fills to the store. */
static void submit_part(struct upload *upload)
{
    struct part *part = upload->current;
    upload->current = NULL;
    part->upload = upload;
    part->change.kind = STORE_STAGE;
    part->change.chain = &upload->chain;
    part->change.staged = &upload->staged;
    part->change.part = upload->part_count++;
    part->change.values = part->values;
    part->change.done = part_done;
    atomic_fetch_add(&upload->references, 1);
    pthread_mutex_lock(&upload->lock);
    upload->under_way++;
    pthread_mutex_unlock(&upload->lock);
    store_submit(upload->engine->store, &part->change);
}

/* Sees to it that there is room for a value more in the part that fills. */
static bool make_room(struct upload *upload)
{
    if (!upload->current && !(upload->current = calloc(1, sizeof(*upload->current))))
        return false;
    struct part *part = upload->current;
    if (part->change.value_count < part->room)
        return true;
    size_t room = part->room ? 4 * part->room : FIRST_PART_VALUES;
    if (room > STORE_PART_VALUES)
        room = STORE_PART_VALUES;
    double *values = reallocarray(part->values, room, sizeof(*values));
    if (!values)
        return false;
    part->values = values;
    part->room = room;
    return true;
}

static bool add_values(struct upload *upload, const double *values, size_t count)
{
    while (count) {
        if (!make_room(upload))
            return false;
        struct part *part = upload->current;
        size_t left = part->room - part->change.value_count;
        size_t some = left < count ? left : count;
        memcpy(part->values + part->change.value_count, values, some * sizeof(*values));
        part->change.value_count += some;
        values += some;
        count -= some;
        if (part->change.value_count == STORE_PART_VALUES)
            submit_part(upload);
    }
    return true;
}

/* Rows --------------------------------------------------------------------------------- */

struct upload *upload_begin(struct engine *engine, size_t width)
{
    struct upload *upload = calloc(1, sizeof(*upload));
    if (!upload)
        return NULL;
    upload->figures = calloc(width, sizeof(*upload->figures));
    if (!upload->figures) {
        free(upload);
        return NULL;
    }
    upload->engine = engine;
    upload->width = width;
    digest_init(&upload->digest);
    atomic_init(&upload->references, 1);
    pthread_mutex_init(&upload->lock, NULL);
    return upload;
}

static void forgotten(struct store_change *change, enum store_status status)
{
    (void)status; /* what is still there is swept at the next start */
    drop_reference((struct upload *)((char *)change - offsetof(struct upload, forget)));
}

void upload_release(struct upload *upload)
{
    if (!upload)
        return;
    if (upload->part_count && !upload->published) {
        upload->forget = (struct store_change){
            .kind = STORE_UNSTAGE, .staged = &upload->staged, .done = forgotten};
        atomic_fetch_add(&upload->references, 1);
        store_submit(upload->engine->store, &upload->forget);
    }
    drop_reference(upload);
}

static void count_in(struct figures *figures, double value, double rows)
{
    double distance = value - figures->mean;
    if (rows == 1) {
        *figures = (struct figures){.mean = value, .low = value, .high = value};
        return;
    }
    figures->mean += distance / rows;
    figures->squares += distance * (value - figures->mean);
    figures->low = value < figures->low ? value : figures->low;
    figures->high = value > figures->high ? value : figures->high;
}

bool upload_add(struct upload *upload, const double *row)
{
    double rows = (double)++upload->rows;
    for (size_t i = 0; i < upload->width; i++)
        count_in(&upload->figures[i], row[i], rows);
    digest_add(&upload->digest, row, upload->width * sizeof(*row));
    return add_values(upload, row, upload->width);
}

uint64_t upload_rows(const struct upload *upload)
{
    return upload->rows;
}

/* Waiting ------------------------------------------------------------------------------ */

bool upload_is_ahead(struct upload *upload)
{
    pthread_mutex_lock(&upload->lock);
    bool ahead = upload->under_way >= AHEAD_PARTS;
    pthread_mutex_unlock(&upload->lock);
    return ahead;
}

bool upload_notify(struct upload *upload, void (*go_on)(void *argument), void *argument)
{
    pthread_mutex_lock(&upload->lock);
    bool ahead = upload->under_way >= AHEAD_PARTS;
    if (ahead) {
        upload->go_on = go_on;
        upload->argument = argument;
    }
    pthread_mutex_unlock(&upload->lock);
    return ahead;
}

/* A thread that waits. */
struct wait {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over;
};

static void end_wait(void *argument)
{
    struct wait *wait = argument;
    pthread_mutex_lock(&wait->lock);
    wait->over = true;
    pthread_cond_signal(&wait->ended);
    pthread_mutex_unlock(&wait->lock);
}

void upload_wait(struct upload *upload)
{
    struct wait wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false};
    if (upload_notify(upload, end_wait, &wait)) {
        pthread_mutex_lock(&wait.lock);
        while (!wait.over)
            pthread_cond_wait(&wait.ended, &wait.lock);
        pthread_mutex_unlock(&wait.lock);
    }
    pthread_mutex_destroy(&wait.lock);
    pthread_cond_destroy(&wait.ended);
}

enum engine_status upload_status(struct upload *upload)
{
    pthread_mutex_lock(&upload->lock);
    enum engine_status status = upload->status;
    pthread_mutex_unlock(&upload->lock);
    return status;
}

/* Publication -------------------------------------------------------------------------- */

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Fills in what the rows say about the dataset. */
static void complete(struct upload *upload, struct dataset *dataset)
{
    for (size_t i = 0; i < upload->width; i++) {
        struct dataset_column *column = &dataset->columns[i];
        const struct figures *figures = &upload->figures[i];
        if (column->class_count)
            continue;
        column->mean = figures->mean;
        column->deviation = sqrt(figures->squares / (double)upload->rows);
        column->low = figures->low;
        column->high = figures->high;
    }
    dataset->row.rows = upload->rows;
    dataset->row.width = upload->width;
}

/* The content is the values and what the columns are. */
static bool describe(struct upload *upload, struct dataset *dataset)
{
    complete(upload, dataset);
    dataset->row.description = upload->engine->options.datasets->encode(dataset);
    if (!dataset->row.description)
        return false;
    digest_add(&upload->digest, dataset->row.description, strlen(dataset->row.description));
    digest_finish(&upload->digest, dataset->row.digest);
    return true;
}

/* Puts the dataset in place of `id` (0: of none). */
static enum engine_status put(struct upload *upload, const struct dataset *dataset, int64_t id)
{
    struct commit *commit = commit_create(upload->engine);
    if (!commit)
        return ENGINE_NO_MEMORY;
    commit->change.kind = STORE_DATASET_PUT;
    commit->change.chain = &upload->chain;
    commit->change.staged = &upload->staged;
    commit->change.dataset = &dataset->row;
    commit->change.id = id;
    commit_submit(commit);
    enum engine_status status = commit_wait(commit);
    commit_release(commit);
    return status;
}

/* One attempt; ENGINE_AGAIN when the name was taken or left meanwhile, or a part has failed. */
static enum engine_status try_put(struct upload *upload, struct dataset *dataset,
                                  const struct preconditions *preconditions, bool *created)
{
    struct store_dataset before = {0};
    enum store_status found = store_read_dataset(upload->engine->store, dataset->row.name, &before);
    if (found != STORE_OK && found != STORE_NOT_FOUND && found != STORE_DAMAGED)
        return engine_status_of(found);
    *created = found == STORE_NOT_FOUND;
    const struct dataset standing = {.row = before};
    struct revision_tag tag = dataset_tag(&standing);
    int64_t id = before.id;
    dataset->row.updated_at = now();
    dataset->row.created_at = *created ? dataset->row.updated_at : before.created_at;
    store_dataset_release(&before);
    if (!preconditions_hold_for(preconditions, *created ? NULL : &tag))
        return ENGINE_PRECONDITION;
    return put(upload, dataset, id);
}

enum engine_status upload_publish(struct upload *upload, const char *name,
                                  const struct preconditions *preconditions,
                                  struct dataset *dataset, bool *created)
{
    dataset->row.name = strdup(name);
    if (!dataset->row.name || !describe(upload, dataset))
        return ENGINE_NO_MEMORY;
    if (upload->current)
        submit_part(upload);
    enum engine_status status = ENGINE_AGAIN;
    for (int attempt = 0; status == ENGINE_AGAIN && attempt < ATTEMPTS; attempt++) {
        status = try_put(upload, dataset, preconditions, created);
        if (status == ENGINE_AGAIN && upload_status(upload) != ENGINE_OK)
            status = upload_status(upload);
    }
    upload->published = status == ENGINE_OK;
    if (upload->published) /* else the store may still be writing it */
        dataset->row.id = upload->staged;
    return status == ENGINE_AGAIN ? ENGINE_UNAVAILABLE : status;
}
