/*
 * A run that is broken off, by a kill or in order, goes on when the database is served again, and
 * ends with the bits of one that nobody disturbed: parameters, optimizer state, steps, curve.
 *
 * KILL_TEST_ROUNDS says how many kills (10).
 */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/run_list.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

/* Some second of work; and the two that wait behind it. */
static const uint64_t long_epochs = 600000, short_epochs = 30000;
enum { RUNS = 3 };

static void sleep_milliseconds(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

/* Asks for the runs, each on disk before the next; their ids. */
static void ask_for_runs(struct engine *engine, char ids[RUNS][RUN_ID_LENGTH + 1])
{
    static struct answer answers[3 * RUNS]; /* which the runs refer to */
    static struct answer *next = answers;
    struct run_list list;
    ask_until_judged(engine, &(struct wish){VERB_CREATE, "a"});
    ask_until_judged(engine, &(struct wish){VERB_STEP, "a"}); /* it does not begin at step 0 */
    for (int i = 0; i < RUNS; i++) {
        struct answer *answer = next++;
        ask(engine, &(struct wish){VERB_TRAIN_APART, "a", .epochs = i ? short_epochs : long_epochs},
            answer);
        if (commit_wait(answer->stored) != ENGINE_OK)
            abort();
        commit_release(answer->stored);
        run_release(answer->handle);
    }
    if (run_list_read(engine, "a", INT64_MAX, 10, &list) != ENGINE_OK || list.count != RUNS)
        abort();
    for (int i = 0; i < RUNS; i++)
        memcpy(ids[i], list.items[RUNS - 1 - i].id, sizeof(ids[i]));
    run_list_release(&list);
}

static enum run_state state_of(struct engine *engine, const char *id, uint64_t *epoch)
{
    struct run_view view;
    if (run_view_read(engine, id, true, &view) != ENGINE_OK)
        abort();
    enum run_state state = view.progress.state;
    if (epoch)
        *epoch = view.progress.epoch;
    run_view_release(&view);
    return state;
}

static bool all_ended(struct engine *engine, char ids[RUNS][RUN_ID_LENGTH + 1])
{
    for (int i = 0; i < RUNS; i++)
        if (!run_state_is_end(state_of(engine, ids[i], NULL)))
            return false;
    return true;
}

static void wait_for_all(struct engine *engine, char ids[RUNS][RUN_ID_LENGTH + 1])
{
    while (!all_ended(engine, ids))
        sleep_milliseconds(5);
}

static bool same_history(struct engine *a, const char *a_id, struct engine *b, const char *b_id)
{
    struct history left, right;
    if (run_history(a, a_id, &left) != ENGINE_OK || run_history(b, b_id, &right) != ENGINE_OK)
        return false;
    bool same = left.count == right.count && left.count > 0;
    for (size_t i = 0; same && i < left.count; i++)
        same = left.points[i].epoch == right.points[i].epoch &&
               left.points[i].total_error == right.points[i].total_error &&
               left.points[i].mean_error == right.points[i].mean_error &&
               isnan(right.points[i].validation_error) &&
               left.points[i].learning_rate == right.points[i].learning_rate;
    history_release(&left);
    history_release(&right);
    return same;
}

/* What all of it comes to where nobody disturbs it. */
static struct store *calm_store;
static struct engine *calm;
static char calm_ids[RUNS][RUN_ID_LENGTH + 1];

static void compare(struct engine *engine, char ids[RUNS][RUN_ID_LENGTH + 1], const char *how)
{
    struct snapshot *expected = snapshot_of(calm, "a"), *found = snapshot_of(engine, "a");
    bool succeeded = true, same_curves = true;
    for (int i = 0; i < RUNS; i++) {
        succeeded &= state_of(engine, ids[i], NULL) == RUN_SUCCEEDED;
        same_curves &= same_history(calm, calm_ids[i], engine, ids[i]);
    }
    tap_ok(succeeded, "%s: all runs succeed", how);
    tap_ok(same_model(expected, found) && expected->revision == found->revision, "the same bits");
    tap_ok(same_curves, "the same curves");
    snapshot_release(expected);
    snapshot_release(found);
}

/* Trains on in a process of its own, which is killed after so long unless it is done before. */
static bool train_and_kill(const char *path, long milliseconds, char ids[RUNS][RUN_ID_LENGTH + 1])
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct engine *engine = fixture_engine(fixture_store(path), 0, 10);
        wait_for_all(engine, ids);
        _exit(0);
    }
    sleep_milliseconds(milliseconds);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

/* Forks before there is a thread in this process. */
static void test_kills(int rounds)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    enum { SHORTEST = 300, LONGEST = 2500 }; /* milliseconds; a sanitizer is slow to begin, too */
#else
    enum { SHORTEST = 30, LONGEST = 250 };
#endif
    static char ids[RUNS][RUN_ID_LENGTH + 1];
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        abort();
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        ask_for_runs(fixture_engine(fixture_store("killed.db"), 0, 10), ids);
        if (write(pipe_ends[1], ids, sizeof(ids)) == sizeof(ids))
            kill(getpid(), SIGKILL); /* what it has answered is on disk */
        _exit(1);
    }
    if (read(pipe_ends[0], ids, sizeof(ids)) != sizeof(ids))
        abort();
    waitpid(child, NULL, 0);
    srandom((unsigned)time(NULL));
    int kills = 0;
    for (int i = 0; i < rounds; i++)
        kills += train_and_kill("killed.db", SHORTEST + random() % (LONGEST - SHORTEST), ids);
    tap_note("killed %d times", kills);
    struct store *store = fixture_store("killed.db");
    struct engine *engine = fixture_engine(store, 0, 10);
    uint64_t epoch;
    state_of(engine, ids[0], &epoch);
    tap_ok(kills > 0 && epoch > 0, "it has come to epoch %llu", (unsigned long long)epoch);
    wait_for_all(engine, ids);
    calm_store = fixture_store("calm.db");
    calm = fixture_engine(calm_store, 0, 10);
    ask_for_runs(calm, calm_ids);
    wait_for_all(calm, calm_ids);
    compare(engine, ids, "killed at random moments");
    engine_close(engine);
    store_close(store);
}

static void test_closes(void)
{
    char ids[RUNS][RUN_ID_LENGTH + 1];
    struct store *store = fixture_store("closed.db");
    struct engine *engine = fixture_engine(store, 0, 10);
    ask_for_runs(engine, ids);
    bool goes_forward = true;
    uint64_t before = 0, epoch = 0;
    int closes = 0;
    for (; !all_ended(engine, ids); closes++) {
        sleep_milliseconds(60);
        engine_close(engine);
        store_close(store);
        store = fixture_store("closed.db");
        engine = fixture_engine(store, 0, 10);
        state_of(engine, ids[0], &epoch);
        goes_forward &= epoch > before || epoch == long_epochs;
        before = epoch;
    }
    tap_ok(closes > 3 && goes_forward, "closed %d times, where it stood", closes);
    compare(engine, ids, "closed and opened");
    engine_close(engine);
    store_close(store);
}

/* One that somebody waits for is told, and goes on without him. */
static void test_told(void)
{
    struct store *store = fixture_store("told.db");
    struct engine *engine = fixture_engine(store, 0, 10);
    struct answer answer;
    ask_until_judged(engine, &(struct wish){VERB_CREATE, "a"});
    ask(engine, &(struct wish){VERB_TRAIN_LONG, "a", .epochs = 400000}, &answer);
    sleep_milliseconds(50);
    engine_close(engine);
    tap_ok(answer.status == ENGINE_SHUTTING_DOWN && answer.goes_on, "a run that is waited for");
    engine = fixture_engine(store, 0, 10);
    tap_ok(!run_state_is_end(state_of(engine, answer.run, NULL)), "goes on when all is back");
    struct run *run = run_find(engine, answer.run);
    if (run)
        run_wait(run);
    run_release(run);
    tap_ok(state_of(engine, answer.run, NULL) == RUN_SUCCEEDED && revision_of(engine, "a") == 1,
           "to its end");
    answer_release(&answer);
    engine_close(engine);
    store_close(store);
}

int main(void)
{
    const char *rounds = getenv("KILL_TEST_ROUNDS");
    fixture_save_seconds = 0.02;
    tap_directory(); /* the children use it too */
    test_kills(rounds ? atoi(rounds) : 10);
    test_closes();
    test_told();
    engine_close(calm);
    store_close(calm_store);
    return tap_done();
}
