/*
 * Requests that wait for the disk, through the handlers: each is answered once, with what holds
 * there; one that stood on a change that failed is judged again.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/definition_text.h"
#include "api/handlers.h"
#include "engine/engine.h"
#include "tests/api/chains/client.h"
#include "tests/harness/fake_store.h"
#include "tests/harness/tap.h"

#define NETWORK "\"inputs\":2,\"layers\":[{\"units\":2},{\"units\":2}]"
#define WIDER "\"inputs\":3,\"layers\":[{\"units\":2},{\"units\":2}]"
#define PAIRS "\"inputs\":[[0.05,0.1]],\"targets\":[[0.01,0.99]]"

/* Scenes begin with the networks "a" and "b", at revision 0, and a store that holds. */
struct move {
    enum { NOTHING, ASK, STORE, HEAR, AWAIT } kind;
    struct question question;   /* ASK */
    enum store_status decision; /* STORE: of the change that waits longest */
    enum store_status outcome;  /* what comes of it there */
    int who;                    /* HEAR: whose answer, by the order of asking */
    int status;                 /* HEAR: of HTTP; PENDING: there must be none yet */
    const char *says;           /* HEAR: a text in its body or problem; NULL: any */
    size_t count;               /* AWAIT: until so many changes wait */
};

enum { PENDING = 0, MAX_MOVES = 20, MAX_ASKED = 4 };

#define ASKS(handler, ...)                                                                         \
    {                                                                                              \
        .kind = ASK, .question = { handle_##handler, __VA_ARGS__ }                                 \
    }
#define STEPS(...) ASKS(step, "a", "{" PAIRS "}", __VA_ARGS__)
#define TRAINS(...) ASKS(train, "a", "{" PAIRS ",\"epochs\":3}", __VA_ARGS__)
#define TRAINS_LONG(...) ASKS(train, "a", "{" PAIRS ",\"epochs\":20000}", __VA_ARGS__)
#define KEPT                                                                                       \
    {                                                                                              \
        .kind = STORE, .decision = STORE_OK, .outcome = STORE_OK                                   \
    }
#define PASSED KEPT /* a barrier */
#define FALLS                                                                                      \
    {                                                                                              \
        .kind = STORE, .decision = STORE_OK, .outcome = STORE_STALE                                \
    }
#define FAILS(why)                                                                                 \
    {                                                                                              \
        .kind = STORE, .decision = STORE_##why, .outcome = STORE_##why                             \
    }
#define HEARS(asked, code, text)                                                                   \
    {                                                                                              \
        .kind = HEAR, .who = asked, .status = code, .says = text                                   \
    }
#define WAITS(asked)                                                                               \
    {                                                                                              \
        .kind = HEAR, .who = asked, .status = PENDING                                              \
    }
#define AWAITS(changes)                                                                            \
    {                                                                                              \
        .kind = AWAIT, .count = changes                                                            \
    }

static const struct scene {
    const char *what;
    struct move moves[MAX_MOVES];
} scenes[] = {
    {"a step is answered after its commit",
     {STEPS(0), WAITS(0), KEPT, HEARS(0, 200, "\"revision\":1,")}},
    {"a full disk", {STEPS(0), FAILS(FULL), HEARS(0, 507, "nothing was changed")}},
    {"a busy database", {STEPS(0), FAILS(BUSY), HEARS(0, 503, "nothing was changed")}},
    {"a failed sync", {STEPS(0), FAILS(OUTCOME_UNKNOWN), HEARS(0, 500, NULL)}},
    {"a step on a step that fails is taken again",
     {STEPS(0), STEPS(0), FAILS(FULL), FALLS, HEARS(0, 507, NULL), AWAITS(1), WAITS(1), KEPT,
      HEARS(1, 200, "\"revision\":1,")}},
    {"three steps, of which the middle one fails",
     {STEPS(0), STEPS(0), STEPS(0), KEPT, FAILS(FAILED), FALLS, HEARS(1, 503, NULL), AWAITS(1),
      KEPT, HEARS(0, 200, "\"revision\":1,"), HEARS(2, 200, "\"revision\":2,")}},

    {"412 waits for what it rests on",
     {STEPS(0), STEPS(.if_match = true, .match = 0), WAITS(1), KEPT, WAITS(1), PASSED,
      HEARS(1, 412, NULL)}},
    {"412 that rests on what fails turns into a step",
     {STEPS(0), STEPS(.if_match = true, .match = 0), FAILS(FULL), PASSED, AWAITS(1), KEPT,
      HEARS(1, 200, "\"revision\":1,")}},
    {"a step that fits what fails turns into 412",
     {STEPS(0), STEPS(.if_match = true, .match = 1), FAILS(FULL), FALLS, HEARS(1, 412, NULL)}},
    {"422 waits for what it rests on",
     {ASKS(network_put, "a", "{" WIDER "}"), AWAITS(1), STEPS(0), AWAITS(2), WAITS(1), KEPT, PASSED,
      HEARS(1, 422, "/inputs/0")}},
    {"422 that rests on what fails turns into a step",
     {ASKS(network_put, "a", "{" WIDER "}"), AWAITS(1), STEPS(0), AWAITS(2), FAILS(FULL), PASSED,
      AWAITS(1), KEPT, HEARS(1, 200, "\"revision\":1,")}},

    {"404 waits for the delete",
     {ASKS(network_delete, "a", ""), AWAITS(1), STEPS(0), AWAITS(2), WAITS(1), KEPT,
      HEARS(0, 204, NULL), PASSED, HEARS(1, 404, NULL)}},
    {"a step behind a delete that fails",
     {ASKS(network_delete, "a", ""), AWAITS(1), STEPS(0), AWAITS(2), FAILS(FULL),
      HEARS(0, 507, NULL), PASSED, AWAITS(1), KEPT, HEARS(1, 200, "\"revision\":1,")}},
    {"reads go on meanwhile",
     {ASKS(network_delete, "a", ""), AWAITS(1), ASKS(network_get, "a", ""),
      HEARS(1, 200, "\"revision\":0,"), KEPT, ASKS(network_get, "a", ""), HEARS(2, 404, NULL)}},

    {"409 waits for the creation",
     {ASKS(network_create, NULL, "{\"name\":\"c\"," NETWORK "}"), AWAITS(1),
      ASKS(network_create, NULL, "{\"name\":\"c\"," NETWORK "}"), AWAITS(2), WAITS(1), KEPT,
      HEARS(0, 201, "\"revision\":0,"), PASSED, HEARS(1, 409, NULL)}},
    {"the second creation takes the place of the first, which fails",
     {ASKS(network_create, NULL, "{\"name\":\"c\"," NETWORK "}"), AWAITS(1),
      ASKS(network_create, NULL, "{\"name\":\"c\"," NETWORK "}"), AWAITS(2), FAILS(FULL),
      HEARS(0, 507, NULL), PASSED, AWAITS(1), KEPT, HEARS(1, 201, NULL)}},
    {"of two PUTs one creates and one replaces",
     {ASKS(network_put, "c", "{" NETWORK "}"), AWAITS(1), ASKS(network_put, "c", "{" NETWORK "}"),
      AWAITS(2), KEPT, HEARS(0, 201, NULL), PASSED, AWAITS(1), KEPT,
      HEARS(1, 200, "\"revision\":1,")}},
    {"a rename onto a name that becomes free",
     {ASKS(network_delete, "b", ""), AWAITS(1), ASKS(network_patch, "a", "{\"name\":\"b\"}"),
      AWAITS(2), KEPT, PASSED, AWAITS(1), KEPT, HEARS(1, 200, "\"name\":\"b\"")}},
    {"a reset behind a step that fails",
     {STEPS(0), ASKS(reset, "a", "{}"), AWAITS(2), FAILS(FULL), PASSED, AWAITS(1), PASSED,
      AWAITS(1), KEPT, HEARS(1, 200, "\"revision\":1,")}},
    {"parameters behind a PUT that fails", /* they fit only what it would have made */
     {ASKS(network_put, "a", "{" WIDER "}"), AWAITS(1),
      ASKS(parameters_put, "a",
           "{\"layers\":[{\"weights\":[[1,2,3],[4,5,6]],\"biases\":[7,8]},"
           "{\"weights\":[[1,2],[3,4]],\"biases\":[5,6]}]}"),
      AWAITS(2), FAILS(FULL), FALLS, HEARS(1, 422, "2 faults")}},

    {"a short run", {TRAINS(0), WAITS(0), KEPT, HEARS(0, 200, "\"updates\":3,")}},
    {"a short run on a step that fails",
     {STEPS(0), TRAINS(0), FAILS(FULL), FALLS, AWAITS(1), WAITS(1), KEPT,
      HEARS(1, 200, "\"revision\":1,")}},
    {"a long run",
     {TRAINS_LONG(0), AWAITS(1), PASSED, AWAITS(1), WAITS(0), KEPT,
      HEARS(0, 200, "\"updates\":20000,")}},
    {"a long run that the disk has no room for",
     {TRAINS_LONG(0), AWAITS(1), PASSED, AWAITS(1), FAILS(FULL), HEARS(0, 507, NULL)}},
    {"a long run on a step that fails begins anew",
     {STEPS(0), TRAINS_LONG(0), AWAITS(2), FAILS(FULL), PASSED, AWAITS(1), PASSED, AWAITS(1),
      PASSED, AWAITS(1), WAITS(1), KEPT, HEARS(1, 200, "\"revision\":1,")}},
    {"a long run at a revision that did not come to be",
     {STEPS(0), TRAINS_LONG(.if_match = true, .match = 1), AWAITS(2), FAILS(FULL), PASSED,
      AWAITS(1), PASSED, HEARS(1, 412, NULL)}},
    {"409 while a run trains",
     {TRAINS_LONG(0), STEPS(0), HEARS(1, 409, "trains network"), AWAITS(1), PASSED, AWAITS(1), KEPT,
      HEARS(0, 200, NULL)}},
    {"a run that diverges from what fails",
     {STEPS(0), ASKS(train, "a", "{\"inputs\":[[1,1]],\"targets\":[[1e200,0]],\"epochs\":1}"),
      WAITS(1), FAILS(FULL), PASSED, HEARS(1, 422, "finite")}},
};

/* Playing ------------------------------------------------------------------------------- */

struct stage {
    struct store *store;
    struct engine *engine;
    struct client clients[MAX_ASKED];
    int count;
};

static void create(struct stage *stage, const char *body)
{
    struct client client;
    const struct question question = {handle_network_create, NULL, body};
    client_ask(&client, stage->engine, &question);
    if (client_wait(&client) != 201)
        abort();
    client_release(&client);
}

static void stage_set(struct stage *stage)
{
    static const struct engine_options options = {.request_workers = 2,
                                                  .train_workers = 1,
                                                  .cache_bytes = 1 << 20,
                                                  .max_queued_runs = 10,
                                                  .save_seconds = 60};
    struct store_error error;
    *stage = (struct stage){0};
    if (store_open(":memory:", &stage->store, &error) != STORE_OK)
        abort();
    stage->engine = engine_open(stage->store, &definition_text_codec, &options);
    create(stage, "{\"name\":\"a\"," NETWORK "}");
    create(stage, "{\"name\":\"b\"," NETWORK "}");
    fake_store_hold(stage->store);
}

/* Ends the scene; returns how often a request was suspended or resumed against the rules. */
static int stage_strike(struct stage *stage)
{
    int faults = 0;
    fake_store_release(stage->store);
    for (int i = 0; i < stage->count; i++)
        faults += client_wait(&stage->clients[i]) == 0;
    engine_close(stage->engine);
    for (int i = 0; i < stage->count; i++) {
        faults += stage->clients[i].faults + (stage->clients[i].resumes != 1);
        client_release(&stage->clients[i]);
    }
    store_close(stage->store);
    return faults;
}

/* Whether the answer has a text, in its body or among its problem's words. */
static bool answer_says(const struct request *request, const char *text)
{
    const struct json_writer *body = &request->answer.body;
    const struct problem *problem = &request->problem;
    if (!text)
        return true;
    if (problem->kind == PROBLEM_NONE)
        return memmem(body->data, body->length, text, strlen(text)) != NULL;
    return strstr(problem->detail, text) != NULL;
}

static bool hear(struct stage *stage, const struct move *move)
{
    struct client *client = &stage->clients[move->who];
    if (move->status == PENDING) {
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); /* for an answer that is wrong */
        return client_status(client) == 0;
    }
    return client_wait(client) == move->status && answer_says(&client->request, move->says);
}

/* Whether the move comes out as it says. */
static bool play(struct stage *stage, const struct move *move)
{
    switch (move->kind) {
    case ASK:
        client_ask(&stage->clients[stage->count++], stage->engine, &move->question);
        return true;
    case STORE:
        return fake_store_await(stage->store, 1) &&
               fake_store_decide(stage->store, move->decision) == move->outcome;
    case HEAR:
        return hear(stage, move);
    case AWAIT:
        return fake_store_await(stage->store, move->count);
    case NOTHING:
        break;
    }
    return false;
}

static void play_scene(const struct scene *scene)
{
    struct stage stage;
    int failed = 0;
    stage_set(&stage);
    for (int i = 0; i < MAX_MOVES && scene->moves[i].kind != NOTHING && !failed; i++)
        failed = play(&stage, &scene->moves[i]) ? 0 : i + 1;
    int faults = stage_strike(&stage);
    if (!tap_ok(!failed && !faults, "%s", scene->what))
        tap_note("move %d comes out otherwise (0: none); %d faults", failed, faults);
}

int main(void)
{
    json_object_seed(0);
    for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
        play_scene(&scenes[i]);
    return tap_done();
}
