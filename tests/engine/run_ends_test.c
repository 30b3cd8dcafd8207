/* What can be done about runs beside waiting for them: watch, cancel, list, delete. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/run_list.h"
#include "tests/engine/ask.h"
#include "tests/engine/fixture.h"
#include "tests/harness/tap.h"

static const uint64_t endless = UINT64_C(1) << 50; /* epochs */

static struct store *store;
static struct engine *engine;

static void open_all(void)
{
    static const char *const names[] = {"a", "b", "c"};
    store = fixture_store(":memory:");
    engine = fixture_engine(store, 0, 10);
    for (int i = 0; i < 3; i++)
        ask_until_judged(engine, &(struct wish){VERB_CREATE, names[i]});
}

static void close_all(void)
{
    engine_close(engine);
    store_close(store);
}

/* A run that nobody waits for; a reference to it. */
static struct run *begin(const char *name, uint64_t epochs)
{
    static struct answer answers[32]; /* which the runs refer to */
    static int count;
    struct answer *answer = &answers[count++ % 32];
    ask(engine, &(struct wish){VERB_TRAIN_APART, name, .epochs = epochs}, answer);
    if (commit_wait(answer->stored) != ENGINE_OK)
        abort();
    struct run *run = run_reference(answer->handle);
    if (!run_forgo(run))
        answer_wait(answer); /* it has ended already */
    answer_release(answer);
    return run;
}

static struct run_progress look(struct run *run)
{
    struct run_progress progress;
    run_look(run, &progress);
    return progress;
}

static void wait_for_epochs(struct run *run, uint64_t epochs)
{
    uint64_t rings = 0;
    while (look(run).epoch < epochs)
        rings = bell_wait(engine_bell(engine), rings, 1);
}

/* As it is shown once it has ended, from the store. */
static struct run_progress ended(struct run *run)
{
    struct run_view view;
    run_wait(run);
    if (run_find(engine, run_id(run)) || run_view_read(engine, run_id(run), true, &view))
        abort();
    struct run_progress progress = view.progress;
    run_view_release(&view);
    return progress;
}

static void test_watch(void)
{
    open_all();
    struct run *run = begin("a", endless);
    wait_for_epochs(run, 10);
    struct run_progress first = look(run);
    wait_for_epochs(run, first.epoch + 10);
    struct run_progress later = look(run);
    tap_ok(first.state == RUN_RUNNING && first.epochs == endless &&
               first.updates / 4 == first.epoch && first.started_at >= first.created_at &&
               first.created_at > 0,
           "what a run shows");
    tap_ok(later.total_error < first.total_error && later.mean_error == later.total_error / 4 &&
               isnan(later.validation_error) && later.elapsed > first.elapsed && later.eta > 0,
           "and how it moves");
    struct snapshot *newest = NULL, *committed = snapshot_of(engine, "a");
    uint64_t epoch = 0;
    tap_ok(run_newest(run, &newest, &epoch) == ENGINE_OK && epoch >= later.epoch &&
               newest->steps >= 4 * epoch && newest->revision == 0 && committed->steps == 0 &&
               !same_model(newest, committed),
           "its newest state, while readers see the committed one");
    struct snapshot *again = NULL;
    uint64_t before = epoch;
    tap_ok(run_newest(run, &again, &epoch) == ENGINE_OK && epoch > before &&
               !same_model(newest, again),
           "which moves on");
    struct history curve;
    tap_ok(run_curve(run, &curve) == ENGINE_OK && curve.count > 10 && curve.points[0].epoch == 1 &&
               curve.points[curve.count - 1].epoch >= before,
           "its curve so far");
    history_release(&curve);
    snapshot_release(newest);
    snapshot_release(again);
    snapshot_release(committed);
    run_cancel(run, false);
    run_wait(run);
    tap_ok(run_newest(run, &newest, &epoch) == ENGINE_OK, "the last of it is there to the end");
    snapshot_release(newest);
    run_release(run);
    close_all();
}

static void test_cancel(void)
{
    open_all();
    struct run *running = begin("a", endless), *second = begin("a", endless),
               *third = begin("a", endless);
    wait_for_epochs(running, 10);
    run_cancel(second, true);
    run_wait(second);
    struct run_progress progress = ended(second);
    tap_ok(progress.state == RUN_CANCELLED && progress.reason == RUN_WAS_CANCELLED &&
               progress.epoch == 0 && progress.started_at == 0 && progress.finished_at > 0,
           "one that waits ends at once, with nothing");
    tap_ok(look(running).state == RUN_RUNNING && engine_run_count(engine) == 2,
           "the others are not touched");
    run_cancel(running, true);
    progress = ended(running);
    struct snapshot *kept = snapshot_of(engine, "a");
    tap_ok(progress.state == RUN_CANCELLED && progress.epoch >= 10 && progress.revision == 1 &&
               progress.steps == progress.updates && progress.total_error > 0,
           "one that trains ends with what it has");
    tap_ok(kept->revision == 1 && kept->steps == progress.steps, "which is a revision");
    snapshot_release(kept);
    wait_for_epochs(third, 1);
    run_cancel(third, false);
    progress = ended(third);
    tap_ok(progress.state == RUN_CANCELLED && progress.epoch > 0 && progress.revision == 1 &&
               revision_of(engine, "a") == 1,
           "or with nothing, as asked");
    run_cancel(third, true);
    tap_ok(revision_of(engine, "a") == 1 &&
               ask_and_wait(engine, &(struct wish){VERB_STEP, "a"}) == ENGINE_OK,
           "once it has ended, nothing comes of it; the network is free");
    struct history curve;
    tap_ok(run_history(engine, run_id(running), &curve) == ENGINE_OK && curve.count >= 10,
           "its curve is kept");
    history_release(&curve);
    tap_ok(run_history(engine, run_id(second), &curve) == ENGINE_OK && curve.count == 0,
           "one that never began has an empty one");
    history_release(&curve);
    run_release(running);
    run_release(second);
    run_release(third);
    close_all();
}

/* One that is waited for. */
static void test_cancel_awaited(void)
{
    struct answer answer;
    open_all();
    ask(engine, &(struct wish){VERB_TRAIN_LONG, "a", .epochs = endless}, &answer);
    struct run *run = run_of_network(engine, "a");
    wait_for_epochs(run, 5);
    run_cancel(run, true);
    tap_ok(answer_wait(&answer) == ENGINE_OK && answer.progress.state == RUN_CANCELLED &&
               answer.after->revision == 1,
           "who waits hears of a cancel");
    run_release(run);
    answer_release(&answer);
    ask(engine, &(struct wish){VERB_TRAIN_LONG, "a", .epochs = endless}, &answer);
    run = run_of_network(engine, "a");
    tap_ok(run_forgo(run) && !run_forgo(run), "who does not wait any more");
    run_cancel(run, false);
    run_wait(run);
    tap_ok(answer.ends == 0, "hears nothing");
    run_release(run);
    answer_release(&answer);
    close_all();
}

/* The places of a list's runs among `runs`, as text. */
static const char *listed(const char *network, int64_t before, size_t limit,
                          struct run *const runs[], int count)
{
    static char text[128];
    struct run_list list;
    text[0] = '\0';
    if (run_list_read(engine, network, before, limit, &list) != ENGINE_OK)
        return "failed";
    for (size_t i = 0; i < list.count; i++) {
        int place = count;
        while (place-- > 0 && strcmp(run_id(runs[place]), list.items[i].id) != 0)
            continue;
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", place);
    }
    bool more = list.more;
    run_list_release(&list);
    return more ? strcat(text, "...") : text;
}

static void test_lists(void)
{
    struct run *runs[6];
    fixture_keep_runs = 3;
    open_all();
    runs[0] = begin("b", endless);
    for (int i = 1; i < 6; i++) {
        runs[i] = begin("a", i < 5 ? 3 : endless);
        if (i < 5)
            run_wait(runs[i]);
    }
    tap_text(listed(NULL, INT64_MAX, 10, runs, 6), "5 4 3 2 0 ", "all but what is too old");
    tap_text(listed("a", INT64_MAX, 2, runs, 6), "5 4 ...", "a network's, a page");
    struct run_view view;
    if (run_view_read(engine, run_id(runs[4]), true, &view) != ENGINE_OK)
        abort();
    tap_text(listed("a", view.sequence, 2, runs, 6), "3 2 ", "and the next");
    tap_text(view.network, "a", "whose it is");
    tap_text(view.request, "3", "what was asked for");
    tap_ok(view.progress.state == RUN_SUCCEEDED && view.progress.reason == RUN_ALL_EPOCHS &&
               view.progress.epoch == 3 && view.progress.updates == 12 &&
               view.progress.revision == 4 && view.progress.steps == 48,
           "how it ended");
    run_view_release(&view);
    struct commit *commit = NULL;
    tap_ok(run_delete_ended(engine, run_id(runs[5]), &commit) == ENGINE_BUSY,
           "one that trains is not deleted");
    tap_ok(run_delete_ended(engine, run_id(runs[3]), &commit) == ENGINE_OK &&
               commit_wait(commit) == ENGINE_OK,
           "one that has ended is");
    commit_release(commit);
    tap_text(listed("a", INT64_MAX, 9, runs, 6), "5 4 2 ", "and not listed");
    tap_ok(run_delete_ended(engine, run_id(runs[3]), &commit) == ENGINE_NOT_FOUND &&
               run_view_read(engine, run_id(runs[3]), true, &view) == ENGINE_NOT_FOUND &&
               run_view_read(engine, "0123456789abcdeF", true, &view) == ENGINE_NOT_FOUND,
           "nor found");
    tap_text(listed("z", INT64_MAX, 9, runs, 6), "failed", "a network that is not there");
    tap_ok(network_cancel_runs(engine, "a") == ENGINE_OK &&
               ask_and_wait(engine, &(struct wish){VERB_DELETE, "a"}) == ENGINE_OK,
           "a network's runs end before it");
    tap_text(listed(NULL, INT64_MAX, 9, runs, 6), "0 ", "and go with it");
    for (int i = 0; i < 6; i++)
        run_release(runs[i]);
    close_all();
    fixture_keep_runs = 100;
}

/* Two threads, one of them busy: a long queue on one network does not keep another's run back. */
static void test_fair(void)
{
    enum { MANY = 8, EPOCHS = 20000 };
    struct run *queue[MANY];
    open_all();
    struct run *endless_run = begin("c", endless);
    wait_for_epochs(endless_run, 1);
    for (int i = 0; i < MANY; i++)
        queue[i] = begin("a", EPOCHS);
    struct run *late = begin("b", EPOCHS);
    run_wait(late);
    int waiting = 0;
    for (int i = 0; i < MANY; i++)
        waiting += look(queue[i]).state == RUN_QUEUED;
    tap_ok(waiting >= MANY - 4, "%d runs of the other network still wait", waiting);
    bool in_order = true;
    uint64_t revision = 0;
    for (int i = 0; i < MANY; i++) {
        run_wait(queue[i]);
        in_order &= look(queue[i]).revision == ++revision;
        run_release(queue[i]);
    }
    tap_ok(in_order, "which end in their order");
    run_release(late);
    run_release(endless_run);
    close_all();
}

int main(void)
{
    test_watch();
    test_cancel();
    test_cancel_awaited();
    test_lists();
    test_fair();
    return tap_done();
}
