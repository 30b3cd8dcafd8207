#ifndef API_DECODER_H
#define API_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/json_reader.h"
#include "api/problem.h"

struct engine;

/*
 * Decodes a body's JSON into plain structs by tables of fields. Goes on after a fault and adds it
 * with its JSON Pointer, so that the client sees all of them.
 */
struct decoder {
    struct json_document document;
    struct problem *problem;
    char pointer[512];     /* where it is */
    struct engine *engine; /* where datasets that are named are read; NULL: there are none */
};

enum field_kind {
    FIELD_NUMBER,   /* double in the range */
    FIELD_PAIR,     /* double[2], each in the range */
    FIELD_COUNT,    /* size_t in [low, high] */
    FIELD_UNSIGNED, /* uint64_t in [low, high], high at most 2^53 */
    FIELD_BOOL,
    FIELD_CHOICE, /* an enum, by name */
    FIELD_SEED,   /* uint64_t: a number up to 2^53 or a decimal string */
    FIELD_CUSTOM, /* by the field's own function */
    FIELD_SERVER, /* set by the server: taken and ignored */
    FIELD_LATER,  /* named by the contract, not supported yet */
};

/* The names of an enum's values, in order. */
struct choices {
    const char *const *names;
    size_t count;
};

/* Where a number may lie: from low to high, or, where `above` or `below` say so, without that end.
 */
struct range {
    double low, high;
    bool above; /* not low itself */
    bool below; /* not high itself */
};

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset; /* of the value in the target struct */
    double low, high;
    bool above, below; /* as in struct range; FIELD_NUMBER and FIELD_PAIR */
    size_t given;      /* offset of a bool that is set where the field is there; 0: none */
    bool required;
    const struct choices *choices;
    void (*decode)(struct decoder *decoder, const json_t *value, void *target);
};

/* Reads the text. False with a problem. decoder_end() either way. */
bool decoder_begin(struct decoder *decoder, const char *text, size_t length,
                   const struct json_limits *limits, struct problem *problem);
void decoder_end(struct decoder *decoder);

/* Whether nothing is wrong so far. */
bool decoder_ok(const struct decoder *decoder);

/* Decodes an object by a table that ends with a row without a name. What is not there stays as it
 * is in `target`. Faults: no object, unknown and missing fields, whatever a field finds. */
void decode_object(struct decoder *decoder, const json_t *value, const struct field *fields,
                   void *target);

/* Enters a member or an element, to report its faults; returns what decode_leave() takes. */
size_t decode_enter(struct decoder *decoder, const char *key);
size_t decode_enter_index(struct decoder *decoder, size_t index);
void decode_leave(struct decoder *decoder, size_t mark);

/* Adds a fault at the present place. */
void decode_fault(struct decoder *decoder, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds the fault that a member of the present object is required. */
void decode_missing(struct decoder *decoder, const char *key);

/* "must be WHAT, not TYPE" at the present place. */
void decode_wrong_type(struct decoder *decoder, const json_t *value, const char *what);

/* Single values; false with a fault. */
bool decode_number(struct decoder *decoder, const json_t *value, const struct range *range,
                   double *out);
bool decode_pair(struct decoder *decoder, const json_t *value, const struct range *range,
                 double out[2]);
bool decode_unsigned(struct decoder *decoder, const json_t *value, uint64_t low, uint64_t high,
                     uint64_t *out);
bool decode_choice(struct decoder *decoder, const json_t *value, const struct choices *choices,
                   unsigned *out);
bool decode_seed(struct decoder *decoder, const json_t *value, uint64_t *out);

/* The numbers of an array value, or NULL with a fault. [] gives an empty vector. */
const struct json_numbers *decode_numbers(struct decoder *decoder, const json_t *value,
                                          const char *what);

/* Whether a number lies in the range; else a fault at the present place. */
bool decode_in_range(struct decoder *decoder, double number, const struct range *range);

#endif
