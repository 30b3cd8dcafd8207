#include "tests/engine/ask.h"

#include <stdlib.h>
#include <string.h>

#include "engine/live.h"
#include "engine/networks.h"
#include "engine/run.h"
#include "engine/step.h"
#include "tests/engine/fixture.h"

enum { SHORT_EPOCHS = 3, LONG_EPOCHS = 20000 };

/* How the engine is called for each verb. */
struct call {
    struct engine *engine;
    const struct wish *wish;
    struct edit_request request;
    struct answer *answer;
    struct refusal refusal;
};

/* Networks ------------------------------------------------------------------------------ */

static void create(struct call *call)
{
    struct answer *answer = call->answer;
    struct proposal proposal = fixture_proposal(INPUTS, HIDDEN, OUTPUTS, 1);
    answer->status = network_create_new(call->engine, &call->request, &proposal, &answer->after,
                                        &answer->commit);
    proposal_release(&proposal);
}

static void create_copy(struct call *call)
{
    struct answer *answer = call->answer;
    struct snapshot *source;
    answer->status = network_read(call->engine, call->wish->to, true, &source);
    if (answer->status != ENGINE_OK)
        return;
    answer->status = network_clone_as(call->engine, &call->request, source, NULL, &answer->after,
                                      &answer->commit);
    snapshot_release(source);
}

static void replace(struct call *call)
{
    struct answer *answer = call->answer;
    size_t inputs = call->wish->verb == VERB_RESHAPE ? RESHAPED_INPUTS : INPUTS;
    struct proposal proposal = fixture_proposal(inputs, HIDDEN, OUTPUTS, 1);
    proposal.definition->net->optimizer.learning_rate = 0.25;
    answer->status = network_replace(call->engine, &call->request, &proposal, &answer->after,
                                     &answer->commit, &call->refusal);
    proposal_release(&proposal);
}

static struct definition *halve_learning_rate(void *argument, const struct definition *base)
{
    (void)argument;
    struct definition *definition = definition_copy(base);
    definition->net->optimizer.learning_rate /= 2;
    return definition;
}

static struct definition *stop_momentum(void *argument, const struct definition *base)
{
    (void)argument;
    struct definition *definition = definition_copy(base);
    definition->net->optimizer.momentum = 0;
    return definition;
}

static void patch(struct call *call)
{
    struct answer *answer = call->answer;
    enum verb verb = call->wish->verb;
    const struct patch patch = {verb == VERB_STILL ? stop_momentum : halve_learning_rate, NULL,
                                verb == VERB_RENAME ? call->wish->to : NULL};
    answer->status = network_patch(call->engine, &call->request, &patch, &answer->after,
                                   &answer->commit, &call->refusal);
}

static void delete_network(struct call *call)
{
    struct answer *answer = call->answer;
    answer->status = network_delete(call->engine, &call->request, &answer->commit, &call->refusal);
}

/* As many as a network of the sizes that the wish names has; others do not fit. */
static const double *check_parameters(void *argument, const struct network *net)
{
    const struct wish *wish = argument;
    if (net->inputs != (wish->inputs ? wish->inputs : INPUTS))
        return NULL;
    return fixture_values(net->parameter_count);
}

static void set_parameters(struct call *call)
{
    struct answer *answer = call->answer;
    const struct new_parameters parameters = {check_parameters, &answer->wish};
    answer->status = network_set_parameters(call->engine, &call->request, &parameters,
                                            &answer->after, &answer->commit, &call->refusal);
}

static void reset(struct call *call)
{
    static const uint64_t seed = 77;
    struct answer *answer = call->answer;
    answer->status =
        network_reset(call->engine, &call->request, call->wish->verb == VERB_RESEED ? &seed : NULL,
                      &answer->after, &answer->commit, &call->refusal);
}

/* Training ------------------------------------------------------------------------------ */

/* Numbers for the samples: targets, then inputs. In memory of their own, so that reading beyond
 * them is seen. */
static double *draw_numbers(const struct wish *wish, size_t inputs)
{
    size_t count = SAMPLES * (OUTPUTS + inputs);
    double *numbers = malloc(count * sizeof(double));
    memcpy(numbers, fixture_values(count), count * sizeof(double));
    if (wish->diverges)
        numbers[0] = 1e200;
    return numbers;
}

/* A step takes one sample, a run all. The answer keeps them. */
static const struct samples *check_samples(void *argument, const struct network *net)
{
    struct answer *answer = argument;
    size_t inputs = answer->wish.inputs ? answer->wish.inputs : INPUTS;
    if (net->inputs != inputs)
        return NULL;
    if (answer->wish.meanwhile)
        answer->wish.meanwhile();
    if (!answer->numbers)
        answer->numbers = draw_numbers(&answer->wish, inputs);
    size_t first = answer->wish.sample;
    answer->samples.training = (struct samples){
        .rows = answer->wish.verb == VERB_STEP ? 1 : SAMPLES,
        .targets = answer->numbers + first * OUTPUTS,
        .inputs = answer->numbers + SAMPLES * OUTPUTS + first * inputs,
    };
    return &answer->samples.training;
}

static const struct run_samples *check_run_samples(void *argument, const struct network *net)
{
    struct answer *answer = argument;
    return check_samples(answer, net) ? &answer->samples : NULL;
}

static void step(struct call *call)
{
    struct answer *answer = call->answer;
    const struct step_request wanted = {.check = check_samples, .argument = answer};
    struct step_result result;
    answer->status = network_step(call->engine, &call->request, &wanted, &result, &answer->commit,
                                  &call->refusal);
    if (answer->status != ENGINE_OK)
        return;
    answer->after = snapshot_reference(result.after);
    answer->total_error = result.outcome.total_error;
    step_result_release(&result);
}

static void take_result(void *argument, struct run_result *result)
{
    struct answer *answer = argument;
    pthread_mutex_lock(&answer->lock);
    answer->status = result->status;
    answer->commit = result->commit;
    answer->goes_on = result->goes_on;
    answer->progress = result->progress;
    strcpy(answer->run, result->id);
    if (result->status == ENGINE_OK) {
        answer->after = snapshot_reference((struct snapshot *)result->after);
        answer->total_error = result->outcome.total_error;
        answer->updates = result->progress.updates;
    }
    answer->ended = true;
    answer->ends++;
    pthread_cond_signal(&answer->end);
    pthread_mutex_unlock(&answer->lock);
}

static char *describe(void *argument, const struct network *net, const struct run_samples *samples)
{
    (void)net;
    (void)samples;
    struct answer *answer = argument;
    return fixture_run_text(answer->wish.epochs);
}

static void train(struct call *call)
{
    struct answer *answer = call->answer;
    const struct wish *wish = call->wish;
    const struct run_request run = {
        .options = fixture_run_options(wish->epochs),
        .apart = wish->verb == VERB_TRAIN_APART,
        .check = check_run_samples,
        .describe = describe,
        .finished = take_result,
        .argument = answer,
    };
    pthread_mutex_lock(&answer->lock);
    answer->ended = false;
    pthread_mutex_unlock(&answer->lock);
    struct admission admission;
    enum engine_status status =
        network_train(call->engine, &call->request, &run, &admission, &call->refusal);
    if (wish->verb == VERB_TRAIN_APART)
        answer->handle = admission.run;
    else
        run_release(admission.run);
    answer->stored = admission.stored;
    if (status == ENGINE_OK)
        return; /* the answer is take_result()'s */
    answer->status = status;
    pthread_mutex_lock(&answer->lock);
    answer->ended = true;
    pthread_mutex_unlock(&answer->lock);
}

/* Asking -------------------------------------------------------------------------------- */

static void (*const verbs[])(struct call *call) = {
    [VERB_CREATE] = create,    [VERB_CLONE] = create_copy,  [VERB_REPLACE] = replace,
    [VERB_RESHAPE] = replace,  [VERB_PATCH] = patch,        [VERB_STILL] = patch,
    [VERB_RENAME] = patch,     [VERB_SET] = set_parameters, [VERB_RESET] = reset,
    [VERB_RESEED] = reset,     [VERB_STEP] = step,          [VERB_TRAIN] = train,
    [VERB_TRAIN_LONG] = train, [VERB_TRAIN_APART] = train,  [VERB_DELETE] = delete_network,
};

static struct tag_list match_of(struct engine *engine, const struct wish *wish)
{
    struct snapshot *snapshot = snapshot_of(engine, wish->name);
    struct revision_tag tag = {snapshot->creation_id, wish->match};
    snapshot_release(snapshot);
    return (struct tag_list){.given = true, .count = 1, .tags = {tag}};
}

void ask(struct engine *engine, const struct wish *wish, struct answer *answer)
{
    *answer = (struct answer){.wish = *wish, .ended = true};
    if (!wish->epochs)
        answer->wish.epochs = wish->verb == VERB_TRAIN ? SHORT_EPOCHS : LONG_EPOCHS;
    pthread_mutex_init(&answer->lock, NULL);
    pthread_cond_init(&answer->end, NULL);
    struct preconditions preconditions = {0};
    if (wish->if_match)
        preconditions.match = match_of(engine, wish);
    enum patience patience = wish->impatient ? PATIENCE_SHORT : PATIENCE_ENOUGH;
    if (wish->hurried)
        patience = PATIENCE_NONE;
    struct call call = {
        .engine = engine,
        .wish = &answer->wish,
        .request = {wish->name, &preconditions, patience, false},
        .answer = answer,
    };
    verbs[answer->wish.verb](&call);
    if (!call.refusal.commit && !call.refusal.run[0])
        return;
    answer->commit = call.refusal.commit;
    strcpy(answer->run, call.refusal.run);
}

bool answer_decided(struct answer *answer, enum engine_status *status)
{
    enum engine_status decided = ENGINE_OK;
    pthread_mutex_lock(&answer->lock);
    bool ended = answer->ended;
    pthread_mutex_unlock(&answer->lock);
    if (!ended || (answer->commit && !commit_decided(answer->commit, &decided)))
        return false;
    *status = decided == ENGINE_OK ? answer->status : decided;
    return true;
}

enum engine_status answer_wait(struct answer *answer)
{
    enum engine_status status = ENGINE_OK; /* written by answer_decided(): it has ended */
    pthread_mutex_lock(&answer->lock);
    while (!answer->ended)
        pthread_cond_wait(&answer->end, &answer->lock);
    pthread_mutex_unlock(&answer->lock);
    if (answer->commit)
        commit_wait(answer->commit);
    answer_decided(answer, &status);
    return status;
}

void answer_release(struct answer *answer)
{
    commit_release(answer->commit);
    commit_release(answer->stored);
    run_release(answer->handle);
    snapshot_release(answer->after);
    free(answer->numbers);
    pthread_cond_destroy(&answer->end);
    pthread_mutex_destroy(&answer->lock);
}

enum engine_status ask_and_wait(struct engine *engine, const struct wish *wish)
{
    struct answer answer;
    ask(engine, wish, &answer);
    enum engine_status status = answer_wait(&answer);
    answer_release(&answer);
    return status;
}

enum engine_status ask_until_judged(struct engine *engine, const struct wish *wish)
{
    enum engine_status status;
    do
        status = ask_and_wait(engine, wish);
    while (status == ENGINE_AGAIN);
    return status;
}
