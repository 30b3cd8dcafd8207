#include "tests/api/chains/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/etag.h"
#include "engine/live.h"

enum { PATIENCE = 10 }; /* seconds */

static const struct limits limits = {
    .max_body = 1 << 20,
    .max_json_depth = 16,
    .max_layers = 64,
    .max_parameters = 1000000,
    .max_samples = 1000000,
    .max_work = 50000000000,
    .max_queued_runs = 10,
};

static void suspend(struct request *request)
{
    struct client *client = (struct client *)request;
    pthread_mutex_lock(&client->lock);
    client->faults += client->resumes != 0;
    client->suspended = true;
    pthread_mutex_unlock(&client->lock);
}

static void resume(struct request *request)
{
    struct client *client = (struct client *)request;
    pthread_mutex_lock(&client->lock);
    client->faults += !client->suspended || client->resumes != 0;
    client->resumes++;
    pthread_cond_signal(&client->changed);
    pthread_mutex_unlock(&client->lock);
}

/* An If-Match with the tag that the network will have, or has, at a revision. */
static void write_match(struct client *client, const struct question *question)
{
    struct snapshot *snapshot;
    if (network_read(client->request.engine, question->name, true, &snapshot) != ENGINE_OK)
        abort();
    struct snapshot wanted = {.creation_id = snapshot->creation_id, .revision = question->match};
    answer_etag(&client->request, &wanted);
    strcpy(client->if_match, client->request.answer.etag);
    client->request.answer.etag[0] = '\0';
    client->request.if_match = client->if_match;
    snapshot_release(snapshot);
}

void client_ask(struct client *client, struct engine *engine, const struct question *question)
{
    *client = (struct client){.request = {
                                  .method = "POST",
                                  .path = "/",
                                  .name = question->name,
                                  .content_type = "application/json",
                                  .request_id = "1",
                                  .body = question->body,
                                  .body_length = strlen(question->body),
                                  .engine = engine,
                                  .limits = &limits,
                                  .suspend = suspend,
                                  .resume = resume,
                                  .handler = question->handler,
                              }};
    pthread_mutex_init(&client->lock, NULL);
    pthread_cond_init(&client->changed, NULL);
    json_writer_init(&client->request.answer.body);
    if (question->if_match)
        write_match(client, question);
    enum handled handled = question->handler(&client->request);
    pthread_mutex_lock(&client->lock);
    client->faults += client->suspended != (handled == REQUEST_PENDING);
    if (handled == REQUEST_ANSWERED)
        client->resumes++;
    pthread_mutex_unlock(&client->lock);
}

/* With the lock: what the server would send. */
static int status_of(const struct client *client)
{
    const struct request *request = &client->request;
    if (client->resumes == 0)
        return 0;
    if (request->problem.kind != PROBLEM_NONE)
        return problem_kinds[request->problem.kind].status;
    return request->answer.status ? request->answer.status : 200;
}

int client_status(struct client *client)
{
    pthread_mutex_lock(&client->lock);
    int status = status_of(client);
    pthread_mutex_unlock(&client->lock);
    return status;
}

int client_wait(struct client *client)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE;
    pthread_mutex_lock(&client->lock);
    while (client->resumes == 0 &&
           pthread_cond_timedwait(&client->changed, &client->lock, &until) == 0)
        continue;
    int status = status_of(client);
    pthread_mutex_unlock(&client->lock);
    return status;
}

void client_release(struct client *client)
{
    problem_release(&client->request.problem);
    json_writer_release(&client->request.answer.body);
    pthread_cond_destroy(&client->changed);
    pthread_mutex_destroy(&client->lock);
}
