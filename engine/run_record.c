#include "engine/run_record.h"

#include <stdlib.h>
#include <string.h>

#include "engine/commit.h"
#include "engine/state.h"
#include "nn/numerics.h"

struct run_write *run_write_create(struct run *run, const struct run_progress *progress)
{
    struct run_write *write = calloc(1, sizeof(*write));
    if (!write)
        return NULL;
    write->run = run_reference(run);
    write->progress = *progress;
    write->ends = run_state_is_end(progress->state);
    write->row = (struct store_run){
        .id = run->number,
        .sequence = run->sequence,
        .network_id = run->network_id,
        .ended = write->ends,
        .state = (int)progress->state,
        .reason = (int)progress->reason,
        .created_at = progress->created_at,
        .started_at = progress->started_at,
        .finished_at = progress->finished_at,
        .epochs = progress->epochs,
        .epoch = progress->epoch,
        .updates = progress->updates,
        .steps = progress->steps,
        .revision = progress->revision,
        .total_error = progress->total_error,
        .mean_error = progress->mean_error,
        .validation_error = progress->validation_error,
        .learning_rate = progress->learning_rate,
        .elapsed = progress->elapsed,
        .request = run->text,
    };
    write->change.row = &write->row;
    write->change.keep = run->engine->options.keep_runs;
    write->change.dropped[STORE_RUN_SAMPLES] = write->ends;
    write->change.dropped[STORE_RUN_POINT] = write->ends;
    return write;
}

void run_write_free(struct run_write *write)
{
    if (!write)
        return;
    for (int which = 0; which < STORE_RUN_BLOCKS; which++)
        free(write->values[which]);
    free(write->row.point);
    point_memory_release(write->memory);
    run_release(write->run);
    free(write);
}

void run_write_samples(struct run_write *write)
{
    struct run *run = write->run;
    pthread_mutex_lock(&run->lock);
    bool stored = run->stored;
    pthread_mutex_unlock(&run->lock);
    if (stored || !run->data)
        return;
    write->with_samples = true;
    write->blocks[STORE_RUN_SAMPLES] = run_data_for_store(run->data);
    write->change.blocks[STORE_RUN_SAMPLES] = &write->blocks[STORE_RUN_SAMPLES];
}

/* A block of its own of so many numbers. NULL when out of memory. */
static double *give_block(struct run_write *write, enum store_run_block which, size_t count)
{
    double *values = reallocarray(NULL, count ? count : 1, sizeof(double));
    write->values[which] = values;
    write->blocks[which] = (struct store_block){
        .parameters = values, .parameter_count = count, .numerics = NN_NUMERICS};
    write->change.blocks[which] = values ? &write->blocks[which] : NULL;
    return values;
}

/* History ------------------------------------------------------------------------------- */

enum { POINT_NUMBERS = 6 }; /* of each epoch of a history */

bool run_write_history(struct run_write *write, const struct history *history)
{
    double *values = give_block(write, STORE_RUN_HISTORY, history->count * POINT_NUMBERS);
    for (size_t i = 0; values && i < history->count; i++, values += POINT_NUMBERS) {
        const struct history_point *point = &history->points[i];
        const double numbers[POINT_NUMBERS] = {(double)point->epoch, point->total_error,
                                               point->mean_error,    point->validation_error,
                                               point->learning_rate, point->elapsed_seconds};
        memcpy(values, numbers, sizeof(numbers));
    }
    return values != NULL;
}

enum engine_status run_history_read(struct engine *engine, uint64_t number, struct history *out)
{
    struct store_block_copy block;
    enum engine_status status =
        engine_status_of(store_read_run_block(engine->store, number, STORE_RUN_HISTORY, &block));
    if (status != ENGINE_OK)
        return status;
    size_t count = block.parameter_count / POINT_NUMBERS;
    struct history history = {.stride = 1, .count = count, .capacity = count};
    if (block.parameter_count % POINT_NUMBERS != 0 || count > HISTORY_MAX_POINTS + 1)
        status = ENGINE_DAMAGED;
    else if (!(history.points = calloc(count + 1, sizeof(*history.points))))
        status = ENGINE_NO_MEMORY;
    const double *values = block.parameters;
    for (size_t i = 0; status == ENGINE_OK && i < count; i++, values += POINT_NUMBERS)
        history.points[i] = (struct history_point){(uint64_t)values[0], values[1], values[2],
                                                   values[3],           values[4], values[5]};
    store_block_release(&block);
    if (status == ENGINE_OK)
        *out = history;
    return status;
}

/* Restart points ------------------------------------------------------------------------ */

/* The point's numbers as 64-bit words, in this machine's byte order: another's is another version.
 */
enum { POINT_VERSION = 1, POINT_WORDS = 20 };

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static double number_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static void point_encode(const struct trainer_point *point, uint64_t words[POINT_WORDS])
{
    const uint64_t all[POINT_WORDS] = {
        POINT_VERSION,
        point->epoch,
        point->position,
        bits_of(point->epoch_error),
        point->updates,
        point->steps,
        bits_of(point->elapsed),
        bits_of(point->schedule.learning_rate),
        bits_of(point->schedule.best),
        point->schedule.bad_epochs,
        point->schedule.cooling,
        bits_of(point->stopping.best),
        point->stopping.best_epoch,
        point->stopping.waited,
        point->best_updates,
        point->best_optimizer_updates,
        point->history_stride,
        point->history_last_extra,
    };
    memcpy(words, all, sizeof(all));
}

static bool point_decode(const void *bytes, size_t size, struct trainer_point *point)
{
    uint64_t words[POINT_WORDS];
    if (size != sizeof(words))
        return false;
    memcpy(words, bytes, sizeof(words));
    *point = (struct trainer_point){
        .epoch = words[1],
        .position = words[2],
        .epoch_error = number_of(words[3]),
        .updates = words[4],
        .steps = words[5],
        .elapsed = number_of(words[6]),
        .schedule = {.learning_rate = number_of(words[7]),
                     .best = number_of(words[8]),
                     .bad_epochs = words[9],
                     .cooling = words[10]},
        .stopping = {.best = number_of(words[11]), .best_epoch = words[12], .waited = words[13]},
        .best_updates = words[14],
        .best_optimizer_updates = words[15],
        .history_stride = words[16],
        .history_last_extra = words[17] != 0,
    };
    return words[0] == POINT_VERSION;
}

void point_memory_release(struct point_memory *memory)
{
    if (memory && atomic_fetch_sub_explicit(&memory->references, 1, memory_order_acq_rel) == 1)
        free(memory);
}

/* Memory of two models for its owner. NULL when out of memory. */
static struct point_memory *point_memory_create(const struct network *net)
{
    size_t values = (1 + optimizer_slots(&net->optimizer)) * net->parameter_count;
    struct point_memory *memory = malloc(sizeof(*memory) + 2 * values * sizeof(double));
    if (memory)
        atomic_init(&memory->references, 1);
    return memory;
}

/* Parameters and state of the model, then those of the best one. */
static void write_models(struct run_write *write, const struct trainer *trainer,
                         const struct network *net, struct trainer_point *point)
{
    size_t parameters = net->parameter_count;
    size_t state = optimizer_slots(&net->optimizer) * parameters;
    size_t copies = trainer_has_best(trainer) ? 2 : 1;
    double *values = write->memory->values;
    struct model model = {.parameters = values, .state = values + copies * parameters};
    struct model best = {.parameters = model.parameters + parameters, .state = model.state + state};
    trainer_copy_model(trainer, &model);
    trainer_save(trainer, point, &best);
    write->blocks[STORE_RUN_POINT] =
        (struct store_block){.parameters = values,
                             .parameter_count = copies * parameters,
                             .state = state ? model.state : NULL,
                             .state_count = copies * state,
                             .optimizer_updates = model.optimizer_updates,
                             .numerics = NN_NUMERICS,
                             .floats = net->precision == PRECISION_FLOAT32};
    write->change.blocks[STORE_RUN_POINT] = &write->blocks[STORE_RUN_POINT];
}

bool run_write_point(struct run_write *write, const struct trainer *trainer,
                     const struct network *net, struct point_memory **memory)
{
    struct trainer_point point;
    uint64_t *words = calloc(POINT_WORDS, sizeof(*words));
    write->row.point = words;
    write->row.point_size = POINT_WORDS * sizeof(*words);
    if (!*memory)
        *memory = point_memory_create(net);
    if (!words || !*memory)
        return false;
    atomic_fetch_add_explicit(&(*memory)->references, 1, memory_order_relaxed);
    write->memory = *memory;
    write_models(write, trainer, net, &point);
    point_encode(&point, words);
    return run_write_history(write, trainer_history(trainer));
}

/* Whether the block is one model of the network's, or one and its best. */
static bool fits(const struct store_block_copy *block, const struct network *net, size_t copies)
{
    size_t parameters = net->parameter_count;
    return block->parameter_count == copies * parameters &&
           block->state_count == copies * optimizer_slots(&net->optimizer) * parameters;
}

bool run_restart_best(const struct run_restart *restart, const struct network *net,
                      struct model *best)
{
    if (!fits(&restart->model, net, 2))
        return false;
    size_t parameters = net->parameter_count;
    *best = (struct model){.parameters = restart->model.parameters + parameters};
    if (restart->model.state)
        best->state = restart->model.state + restart->model.state_count / 2;
    return true;
}

void run_restart_release(struct run_restart *restart)
{
    store_block_release(&restart->model);
    history_release(&restart->history);
    *restart = (struct run_restart){0};
}

enum engine_status run_restart_read(struct run *run, const struct network *net,
                                    struct run_restart *out)
{
    struct run_restart restart = {0};
    struct engine *engine = run->engine;
    if (!run->point)
        return ENGINE_NOT_FOUND;
    if (!point_decode(run->point, run->point_size, &restart.point))
        return ENGINE_DAMAGED;
    enum engine_status status = engine_status_of(
        store_read_run_block(engine->store, run->number, STORE_RUN_POINT, &restart.model));
    if (status == ENGINE_OK)
        status = run_history_read(engine, run->number, &restart.history);
    if (status == ENGINE_OK && restart.model.numerics != NN_NUMERICS)
        status = ENGINE_NUMERICS;
    else if (status == ENGINE_OK && !fits(&restart.model, net, 1) && !fits(&restart.model, net, 2))
        status = ENGINE_DAMAGED;
    if (status == ENGINE_OK)
        *out = restart;
    else
        run_restart_release(&restart);
    return status == ENGINE_NOT_FOUND ? ENGINE_DAMAGED : status;
}

/* Writing ------------------------------------------------------------------------------- */

struct commit *run_write_submit(struct run_write *write, struct store_chain *chain,
                                uint64_t generation)
{
    struct commit *commit = commit_create(write->run->engine);
    if (!commit) {
        run_write_free(write);
        return NULL;
    }
    commit->write = write;
    if (write->run->text) {
        commit->change.kind = STORE_RUN;
        commit->change.run = &write->change;
        commit->change.chain = chain;
        commit->change.generation = generation;
    }
    commit_submit(commit);
    return commit;
}

struct commit *run_write_delete(struct engine *engine, uint64_t number)
{
    struct commit *commit = commit_create(engine);
    if (!commit)
        return NULL;
    commit->write = calloc(1, sizeof(*commit->write));
    if (!commit->write) {
        commit_release(commit);
        return NULL;
    }
    commit->write->row.id = number;
    commit->write->change.row = &commit->write->row;
    commit->change.kind = STORE_RUN_DELETE;
    commit->change.run = &commit->write->change;
    commit_submit(commit);
    return commit;
}

/* The end of a stored run could not be written: it has failed, which is tried once. */
static bool try_failure(struct run_write *write)
{
    struct run *run = write->run;
    pthread_mutex_lock(&run->lock);
    bool stored = run->stored;
    pthread_mutex_unlock(&run->lock);
    if (!stored || write->progress.reason == RUN_NOT_KEPT)
        return false;
    struct run_progress failed = write->progress;
    failed.state = RUN_FAILED;
    failed.reason = RUN_NOT_KEPT;
    failed.revision = failed.steps = 0;
    struct run_write *again = run_write_create(run, &failed);
    struct commit *commit = again ? run_write_submit(again, NULL, 0) : NULL;
    commit_release(commit);
    return commit != NULL;
}

void run_write_decided(struct run_write *write, enum store_status status)
{
    struct run *run = write->run;
    if (!run)
        return;
    if (status == STORE_OK && write->with_samples) {
        pthread_mutex_lock(&run->lock);
        run->stored = true;
        pthread_mutex_unlock(&run->lock);
    }
    if (status != STORE_OK && !write->ends && run->request.apart && write->with_samples) {
        int goes_on = RUN_GOES_ON; /* its client is told that nothing was changed */
        atomic_compare_exchange_strong(&run->stop, &goes_on, RUN_STOPS_WITH_NOTHING);
    }
    if (!write->ends || (status != STORE_OK && try_failure(write)))
        return;
    if (status != STORE_OK) {
        write->progress.state = RUN_FAILED;
        write->progress.reason = RUN_NOT_KEPT;
    }
    run_end(run, &write->progress);
}
