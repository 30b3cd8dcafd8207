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

    RUN_WRITE,
    RUN_PLACES,
    RUN_DELETE,
    RUN_BEYOND,
    RUN_OF_NETWORK,

    RUN_BY_ID,
    RUN_BLOCK,
    RUNS_BEFORE,
    RUNS_OF_NETWORK_BEFORE,
    RUNS_UNFINISHED,
    RUN_LAST,

    CHECKPOINT_INSERT,
    CHECKPOINT_PLACE,
    CHECKPOINT_DELETE,
    CHECKPOINT_OF_NETWORK,
    CHECKPOINT_BY_LABEL,
    CHECKPOINTS_AFTER,

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

/* The columns of a run's row, in the order of RUN_BY_ID and its likes. RUN_WRITE has a parameter
 * for each of them but the last, from 1, and then block_id and bytes of each block. */
enum run_column {
    RUN_COLUMN_SEQUENCE,
    RUN_COLUMN_ID,
    RUN_COLUMN_NETWORK_ID,
    RUN_COLUMN_ENDED,
    RUN_COLUMN_STATE,
    RUN_COLUMN_REASON,
    RUN_COLUMN_CREATED_AT,
    RUN_COLUMN_STARTED_AT,
    RUN_COLUMN_FINISHED_AT,
    RUN_COLUMN_EPOCHS,
    RUN_COLUMN_EPOCH,
    RUN_COLUMN_UPDATES,
    RUN_COLUMN_STEPS,
    RUN_COLUMN_REVISION,
    RUN_COLUMN_TOTAL_ERROR,
    RUN_COLUMN_MEAN_ERROR,
    RUN_COLUMN_VALIDATION_ERROR,
    RUN_COLUMN_LEARNING_RATE,
    RUN_COLUMN_ELAPSED,
    RUN_COLUMN_POINT,
    RUN_COLUMN_REQUEST,
    RUN_COLUMN_NETWORK, /* the name */
};

/* The columns of a checkpoint's row, in the order of CHECKPOINT_BY_LABEL and its like.
 * CHECKPOINT_INSERT has a parameter for each of them, from 1. */
enum checkpoint_column {
    CHECKPOINT_COLUMN_NETWORK,
    CHECKPOINT_COLUMN_LABEL,
    CHECKPOINT_COLUMN_CREATED_AT,
    CHECKPOINT_COLUMN_REVISION,
    CHECKPOINT_COLUMN_STEPS,
    CHECKPOINT_COLUMN_COUNT, /* of its parameters */
    CHECKPOINT_COLUMN_BLOCK_ID,
    CHECKPOINT_COLUMN_BLOCK_BYTES,
    CHECKPOINT_COLUMN_DEFINITION,
    CHECKPOINT_COLUMN_DATA, /* the block's first chunk: CHECKPOINT_BY_LABEL only */
};

#endif
