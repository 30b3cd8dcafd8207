#ifndef API_DATASET_LIMITS_H
#define API_DATASET_LIMITS_H

/* What a dataset may have at most, beside the bytes that a flag sets. */
enum {
    DATASET_MAX_COLUMNS = 10000,
    DATASET_MAX_CLASSES = 1000, /* different words of a column */
    DATASET_MAX_NAME = 128,     /* bytes of a column's name, and of a word */
};

#endif
