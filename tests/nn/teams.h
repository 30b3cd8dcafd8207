#ifndef TESTS_NN_TEAMS_H
#define TESTS_NN_TEAMS_H

#include "nn/team.h"
#include "nn/trainer.h"

/* Teams that do their parts on threads of their own, which come and go with each work, so that
 * every order happens; or one after the other, the last first. */
struct test_team {
    struct team team; /* first, so that one is the other */
    size_t members;
    bool threads;
};

struct test_team team_of(size_t members, bool threads);

/* Whether a run of this network can be shared by so many, be it worth it or not. */
bool team_fits(const struct network *net, const struct train_options *options, size_t members);

#endif
