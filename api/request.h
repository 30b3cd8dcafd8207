#ifndef API_REQUEST_H
#define API_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/json_writer.h"
#include "api/problem.h"
#include "engine/edit.h"

struct engine;
struct commit;
struct stream;

/* Limits in force; each is a flag of the daemon and is answered by GET /v1. */
struct limits {
    size_t max_body;       /* bytes of a request's body */
    size_t max_json_depth; /* nesting of a body */
    size_t max_layers;     /* of a network */
    size_t max_parameters; /* of a network */
    size_t max_samples;    /* of a request */
    size_t max_work;       /* multiplications, roughly, of one forward, gradients or step */
    size_t max_queued_runs;
    size_t max_dataset; /* bytes of a dataset that comes as CSV, and of any as it is stored */
    size_t keep_runs;   /* ended ones, of each network; 0: all */
    size_t max_wait;    /* seconds that an answer waits for a run; 0: as long as it takes */
};

struct query_parameter {
    const char *name;  /* decoded */
    const char *value; /* decoded; "" where there is none */
};

/* What a handler answers with. Ignored where the request's problem is set. */
struct answer {
    int status;               /* 0: 200 */
    const char *content_type; /* static; NULL: application/json */
    struct json_writer body;
    const char *static_body; /* in place of `body`: bytes that live as long as the process */
    size_t static_length;
    struct stream *stream;       /* in place of both: taken over by the server */
    char etag[64];               /* with its quotes; "" for none */
    char location[320];          /* "" for none */
    char allow[64];              /* "" for none */
    char link[512];              /* "" for none */
    char preference_applied[48]; /* "" for none */
};

enum handled {
    REQUEST_ANSWERED, /* request->answer or request->problem says what to send */
    REQUEST_PENDING, /* somebody will call request->resume(); the handler must not touch it again */
};

/*
 * One request, as the server hands it to a handler and takes the answer back. It knows no HTTP
 * library. What the server sets stays valid until the answer is sent, also on other threads.
 */
struct request {
    /* Set by the server; read only for handlers. */
    const char *method;
    const char *path;    /* as it was sent, without the query; for `instance` */
    const char *name;    /* the path's {name}, decoded; NULL where the route has none */
    const char *segment; /* the path's second placeholder ({slug}, {id}), decoded; or NULL */
    const struct query_parameter *query;
    size_t query_count;
    const char *content_type; /* these headers: NULL where they were not sent */
    const char *accept;
    const char *if_match;
    const char *if_none_match;
    const char *prefer;
    const char *idempotency_key;
    const char *last_event_id;
    const char *request_id;
    const char *body;
    size_t body_length;
    struct engine *engine;
    const struct limits *limits;
    bool wants_second; /* its route's second media type */
    /* Whether the client has closed its side of the connection; while the request is suspended. */
    bool (*client_left)(const struct request *request);

    /* How a handler lets go of the event thread. suspend() comes before the request is handed to
     * anybody and may be called again without effect; resume() comes exactly once after it, from
     * any thread, when the answer is complete. */
    void (*suspend)(struct request *request);
    void (*resume)(struct request *request);

    /* The handler's; `handler` is set by the server. */
    struct problem problem;
    struct answer answer;
    char body_name[130]; /* room for a name that came in the body */
    bool on_worker;      /* it may do I/O */
    bool on_long_lane;   /* and wait, and compute for long */
    enum handled (*handler)(
        struct request *request); /* the route's; to judge again from the start */
    void *stream;                 /* the body's that was taken while it came in; else NULL */
    struct commit *commit;        /* what the answer waits for */
    bool judge_again;             /* once `commit` is decided, however */
};

typedef enum handled (*request_handler)(struct request *request);

enum streamed {
    STREAM_GOES_ON,
    STREAM_WAITS, /* the request is suspended: its next piece comes after request->resume() */
    STREAM_ENDS,  /* nothing more is wanted: request->problem says why */
};

/*
 * How a body is taken while it comes in, so that it need not be in memory as a whole: on the event
 * thread, which it must not hold up, before the handler is called.
 */
struct body_stream {
    /* Whether this request's body is taken so; else it is collected for the handler. */
    bool (*wanted)(const struct request *request);
    /* Begins; sets request->stream. False with a problem. */
    bool (*begin)(struct request *request);
    enum streamed (*take)(struct request *request, const char *data, size_t size);
    /* Frees request->stream, which may be NULL; however the request has ended. */
    void (*end)(struct request *request);
};

/* The value of a query parameter, or NULL. */
const char *request_query(const struct request *request, const char *name);

/* Reads a parameter that is "true" or "false" (as it is where it is left out). Else false, with a
 * problem. */
bool request_flag(struct request *request, const char *name, bool *value);

/* Suspends the request and runs the handler on a worker thread. Returns REQUEST_PENDING (or, when
 * no memory is left, REQUEST_ANSWERED with a problem). */
enum handled request_offload(struct request *request, request_handler handler);

/* The same on the lane for what takes long. */
enum handled request_offload_long(struct request *request, request_handler handler);

/* How long the thread that it is on may be held up. */
enum patience request_patience(const struct request *request);

/* Has the answer, which is ready, wait for a commit (taken over): it goes out once that is on disk,
 * turns into a problem when it fails, and is judged again when what it stood on failed. */
enum handled request_after_commit(struct request *request, struct commit *commit);

/* Forgets a half-made answer and problem, to begin again. */
void request_clear_answer(struct request *request);

#endif
