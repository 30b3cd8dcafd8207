#ifndef STORAGE_STATEMENTS_H
#define STORAGE_STATEMENTS_H

/*
 * Every statement that runs on an open database, but for the settings of a connection and the
 * migrations. Each connection prepares all of them when it opens, so that a mistake in one stops
 * the start and not a request.
 */
enum statement {
    BEGIN_IMMEDIATE,
    COMMIT,
    ROLLBACK,

    NETWORK_INSERT,
    NETWORK_PLACES,
    NETWORK_RENAME,
    NETWORK_UPDATE,
    NETWORK_DELETE,
    NETWORK_LAST_ID,

    NETWORK_BY_NAME,
    NETWORK_WITH_BLOCK,
    NETWORK_START,
    NETWORKS_FROM_NAME,
    NETWORK_COUNT,

    CHUNK_WRITE,
    CHUNK_READ,
    CHUNKS_DELETE,
    CHUNK_LAST_BLOCK,

    LOOSE_ADD,
    LOOSE_REMOVE,
    LOOSE_FIRST,

    DATASET_INSERT,
    DATASET_DELETE,
    DATASET_BY_NAME,
    DATASET_BY_ID,
    DATASETS_FROM_NAME,

    STAGED_ADD,
    STAGED_REMOVE,
    STAGED_COUNT,
    STAGED_LOOSEN,
    STAGED_CLEAR,

    STATEMENT_COUNT
};

extern const char *const statements[STATEMENT_COUNT];

/* The columns of a network's row, in the order of NETWORK_BY_NAME and its likes. */
enum network_column {
    COLUMN_ID,
    COLUMN_NAME,
    COLUMN_CREATION_ID,
    COLUMN_REVISION,
    COLUMN_STEPS,
    COLUMN_CREATED_AT,
    COLUMN_UPDATED_AT,
    COLUMN_PARAMETER_COUNT,
    COLUMN_DEFINITION,
    COLUMN_BLOCK_ID,    /* from here on NETWORK_WITH_BLOCK only */
    COLUMN_BLOCK_BYTES, /* of the encoded block */
    COLUMN_BLOCK_DATA,  /* its first chunk */
};

#endif
