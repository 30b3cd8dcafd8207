#ifndef ENGINE_DEFINITION_H
#define ENGINE_DEFINITION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "nn/network.h"

/* What a network is, apart from its parameters. Immutable and shared by reference. */
struct definition {
    atomic_size_t references;
    struct network *net;
    char *metadata; /* the client's own, as text that the engine does not read; NULL for none */
    char **classes; /* names of the outputs, one for each, or two for a single output; NULL: none */
    size_t class_count;
};

/* Takes `net` and `metadata` (malloc'ed or NULL) and gives one reference. When out of memory it
 * frees both and returns NULL. */
struct definition *definition_create(struct network *net, char *metadata);
/* A copy that may be changed until it is shared. NULL when out of memory. */
struct definition *definition_copy(const struct definition *definition);
struct definition *definition_reference(struct definition *definition);
void definition_release(struct definition *definition); /* NULL is allowed */

/* Gives a definition that is not shared yet copies of `count` names as its classes (0: none). False
 * when out of memory; it then has those that it had. */
bool definition_set_classes(struct definition *definition, const char *const *names, size_t count);

/* Bytes of memory that it holds. */
size_t definition_size(const struct definition *definition);

struct run_request;

/* How definitions (and requests for runs) are written into the store and read back; the engine's
 * owner brings it. */
struct definition_codec {
    char *(*encode)(const struct definition *definition); /* malloc'ed text; NULL: no memory */
    struct definition *(*decode)(const char *text);       /* NULL: damaged, or no memory */
    /* What a run was asked for: sets the options that the text has. False: damaged, no memory. */
    bool (*decode_run)(const char *text, struct run_request *out);
};

/* A definition as a client proposes it, with the start values that it gives. */
struct proposal {
    struct definition *definition;
    bool seed_given;
    bool values_given; /* at least one layer's weights or biases */
    /* Per layer: whether its weights and biases are given. */
    bool *weights_given;
    bool *biases_given;
    double *values; /* parameter_count: what is given, in its place; NULL without values_given */
};

void proposal_release(struct proposal *proposal);

/* The start values: those that are given, drawn ones and zero biases elsewhere. */
void proposal_parameters(const struct proposal *proposal, double *parameters);

#endif
