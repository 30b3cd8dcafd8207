#include "engine/workers.h"

#include <pthread.h>
#include <stdlib.h>

struct job {
    void (*work)(void *argument);
    void *argument;
    struct job *next;
};

struct workers {
    pthread_mutex_t lock; /* guards all that follows */
    pthread_cond_t changed;
    struct job *first;
    struct job **last;
    bool ending;
    size_t count;
    pthread_t threads[];
};

/* The next job, or NULL when there will be none any more. */
static struct job *take_job(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    while (!workers->first && !workers->ending)
        pthread_cond_wait(&workers->changed, &workers->lock);
    struct job *job = workers->first;
    if (job) {
        workers->first = job->next;
        if (!workers->first)
            workers->last = &workers->first;
    }
    pthread_mutex_unlock(&workers->lock);
    return job;
}

static void *run_worker(void *argument)
{
    struct job *job;
    while ((job = take_job(argument)) != NULL) {
        job->work(job->argument);
        free(job);
    }
    return NULL;
}

struct workers *workers_create(size_t count)
{
    struct workers *workers = calloc(1, sizeof(*workers) + count * sizeof(workers->threads[0]));
    if (!workers)
        return NULL;
    pthread_mutex_init(&workers->lock, NULL);
    pthread_cond_init(&workers->changed, NULL);
    workers->last = &workers->first;
    while (workers->count < count &&
           pthread_create(&workers->threads[workers->count], NULL, run_worker, workers) == 0)
        workers->count++;
    if (workers->count == 0) {
        workers_free(workers);
        return NULL;
    }
    return workers;
}

bool workers_submit(struct workers *workers, void (*work)(void *argument), void *argument)
{
    struct job *job = malloc(sizeof(*job));
    if (!job)
        return false;
    *job = (struct job){.work = work, .argument = argument};
    pthread_mutex_lock(&workers->lock);
    *workers->last = job;
    workers->last = &job->next;
    pthread_cond_signal(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    return true;
}

void workers_free(struct workers *workers)
{
    if (!workers)
        return;
    pthread_mutex_lock(&workers->lock);
    workers->ending = true;
    pthread_cond_broadcast(&workers->changed);
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->count; i++)
        pthread_join(workers->threads[i], NULL);
    pthread_cond_destroy(&workers->changed);
    pthread_mutex_destroy(&workers->lock);
    free(workers);
}
