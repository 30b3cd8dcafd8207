#ifndef API_NETWORK_ANSWER_H
#define API_NETWORK_ANSWER_H

#include "api/request.h"
#include "engine/commit.h"
#include "engine/snapshot.h"

/* What an answer shows of a network. */
struct network_view {
    const char *name;
    const struct definition *definition;
    const double *parameters; /* NULL: not shown */
    uint64_t revision;
    uint64_t steps;
    uint32_t numerics; /* of its parameters; 0: not shown */
    bool stored;       /* false for one that is only tried: it has no times yet */
    int64_t created_at;
    int64_t updated_at;
};

void encode_network_view(struct json_writer *w, const struct network_view *view);

/* The whole network as GET answers it. `stored` is false for one that is only tried: it has no
 * times yet. */
void encode_network(struct json_writer *w, const struct snapshot *snapshot, bool with_parameters,
                    bool stored);

/* Whether writing the network's parameters is work for a worker thread. */
bool answer_is_long(const struct request *request, const struct snapshot *snapshot);

/* Answers a change with the network as it is after it (snapshot and commit are taken over), once it
 * is on disk. */
enum handled answer_changed_network(struct request *request, int http_status,
                                    struct snapshot *snapshot, struct commit *commit);

#endif
