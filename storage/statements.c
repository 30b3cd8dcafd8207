#include "storage/statements.h"

#define NETWORK_COLUMNS                                                                            \
    "id, name, creation_id, revision, steps, created_at, updated_at, parameter_count, definition"

#define DATASET_COLUMNS "id, name, created_at, updated_at, row_count, width, digest, description"
/* As enum run_column has them; `point` and `request` may be long and come last. */
#define RUN_COLUMNS                                                                                \
    "runs.sequence, runs.id, network_id, ended, state, reason, runs.created_at, started_at, "      \
    "finished_at, epochs, epoch, updates, runs.steps, runs.revision, total_error, mean_error, "    \
    "validation_error, learning_rate, elapsed, point, request"
#define RUNS "SELECT " RUN_COLUMNS ", name FROM runs JOIN networks ON networks.id = network_id "

/* As enum checkpoint_column has them. */
#define CHECKPOINT_COLUMNS                                                                         \
    "network_id, label, created_at, revision, steps, parameter_count, checkpoints.block_id, "      \
    "block_bytes, definition"

const char *const statements[STATEMENT_COUNT] = {
    [BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",

    [NETWORK_INSERT] = "INSERT INTO networks (id, name, creation_id, revision, steps, created_at, "
                       "updated_at, parameter_count, definition, block_id, block_bytes, start_id, "
                       "start_bytes) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [NETWORK_PLACES] = "SELECT block_id, block_bytes, start_id, start_bytes FROM networks "
                       "WHERE id = ?1 AND revision = ?2",
    /* Apart from NETWORK_UPDATE, which would rewrite the index of names with each step. */
    [NETWORK_RENAME] = "UPDATE networks SET name = ?3 WHERE id = ?1 AND revision = ?2",
    [NETWORK_UPDATE] = "UPDATE networks SET revision = ?3, steps = ?4, updated_at = ?5, "
                       "parameter_count = coalesce(?6, parameter_count), "
                       "definition = coalesce(?7, definition), block_id = ?8, block_bytes = ?9, "
                       "start_id = ?10, start_bytes = ?11 WHERE id = ?1 AND revision = ?2",
    [NETWORK_DELETE] = "DELETE FROM networks WHERE id = ?1 AND revision = ?2",
    [NETWORK_LAST_ID] = "SELECT coalesce(max(id), 0) FROM networks",

    [NETWORK_BY_NAME] = "SELECT " NETWORK_COLUMNS " FROM networks WHERE name = ?1",
    [NETWORK_WITH_BLOCK] = "SELECT " NETWORK_COLUMNS ", networks.block_id, block_bytes, data "
                           "FROM networks LEFT JOIN chunks "
                           "ON chunks.block_id = networks.block_id AND seq = 0 WHERE name = ?1",
    [NETWORK_START] = "SELECT revision, start_id, start_bytes, data FROM networks LEFT JOIN chunks "
                      "ON chunks.block_id = start_id AND seq = 0 WHERE id = ?1",
    [NETWORKS_FROM_NAME] =
        "SELECT " NETWORK_COLUMNS " FROM networks WHERE name >= ?1 ORDER BY name",
    [NETWORK_COUNT] = "SELECT count(*) FROM networks",

    /* A point that is not given stays, until the end. */
    [RUN_WRITE] =
        "INSERT INTO runs (sequence, id, network_id, ended, state, reason, created_at, started_at, "
        "finished_at, epochs, epoch, updates, steps, revision, total_error, mean_error, "
        "validation_error, learning_rate, elapsed, point, request, samples_id, samples_bytes, "
        "point_id, point_bytes, history_id, history_bytes) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, "
        "?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27) "
        "ON CONFLICT (id) DO UPDATE SET ended = ?4, state = ?5, reason = ?6, started_at = ?8, "
        "finished_at = ?9, epoch = ?11, updates = ?12, steps = ?13, revision = ?14, "
        "total_error = ?15, mean_error = ?16, validation_error = ?17, learning_rate = ?18, "
        "elapsed = ?19, point = CASE WHEN ?4 THEN NULL ELSE coalesce(?20, point) END, "
        "samples_id = ?22, samples_bytes = ?23, point_id = ?24, "
        "point_bytes = ?25, history_id = ?26, history_bytes = ?27",
    [RUN_PLACES] = "SELECT samples_id, samples_bytes, point_id, point_bytes, history_id, "
                   "history_bytes FROM runs WHERE id = ?1",
    [RUN_DELETE] = "DELETE FROM runs WHERE id = ?1",
    [RUN_BEYOND] = "SELECT id FROM runs WHERE network_id = ?1 AND ended = 1 "
                   "ORDER BY sequence DESC LIMIT 1 OFFSET ?2",
    [RUN_OF_NETWORK] = "SELECT id FROM runs WHERE network_id = ?1 LIMIT 1",

    [RUN_BY_ID] = RUNS "WHERE runs.id = ?1",
    /* Column 0 and 1: place of block ?2; 2: its first chunk. */
    [RUN_BLOCK] =
        "SELECT place, bytes, data FROM (SELECT "
        "CASE ?2 WHEN 0 THEN samples_id WHEN 1 THEN point_id ELSE history_id END AS place, "
        "CASE ?2 WHEN 0 THEN samples_bytes WHEN 1 THEN point_bytes ELSE history_bytes END AS bytes "
        "FROM runs WHERE id = ?1) LEFT JOIN chunks ON block_id = place AND seq = 0",
    [RUNS_BEFORE] = RUNS "WHERE runs.sequence < ?1 ORDER BY runs.sequence DESC",
    [RUNS_OF_NETWORK_BEFORE] =
        RUNS "WHERE runs.sequence < ?1 AND network_id = ?2 ORDER BY runs.sequence DESC",
    [RUNS_UNFINISHED] = RUNS "WHERE ended = 0 ORDER BY runs.sequence",
    [RUN_LAST] = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'runs'",

    /* No row where the network is not there. */
    [CHECKPOINT_INSERT] =
        "INSERT INTO checkpoints (network_id, label, created_at, revision, steps, parameter_count, "
        "block_id, block_bytes, definition) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 "
        "FROM networks WHERE id = ?1",
    [CHECKPOINT_PLACE] =
        "SELECT block_id, block_bytes FROM checkpoints WHERE network_id = ?1 AND label = ?2",
    [CHECKPOINT_DELETE] = "DELETE FROM checkpoints WHERE network_id = ?1 AND label = ?2",
    [CHECKPOINT_OF_NETWORK] = "SELECT label FROM checkpoints WHERE network_id = ?1 LIMIT 1",
    [CHECKPOINT_BY_LABEL] = "SELECT " CHECKPOINT_COLUMNS ", data FROM checkpoints LEFT JOIN chunks "
                            "ON chunks.block_id = checkpoints.block_id AND seq = 0 "
                            "WHERE network_id = ?1 AND label = ?2",
    [CHECKPOINTS_AFTER] = "SELECT " CHECKPOINT_COLUMNS " FROM checkpoints "
                          "WHERE network_id = ?1 AND label > ?2 ORDER BY label",

    [CHUNK_WRITE] = "INSERT INTO chunks (block_id, seq, data) VALUES (?1, ?2, ?3) "
                    "ON CONFLICT (block_id, seq) DO UPDATE SET data = excluded.data",
    [CHUNK_READ] = "SELECT data FROM chunks WHERE block_id = ?1 AND seq = ?2",
    [CHUNKS_DELETE] = "DELETE FROM chunks WHERE rowid IN "
                      "(SELECT rowid FROM chunks WHERE block_id = ?1 ORDER BY seq LIMIT ?2)",
    [CHUNK_LAST_BLOCK] = "SELECT max((SELECT coalesce(max(block_id), 0) FROM chunks), "
                         "(SELECT coalesce(max(block_id), 0) FROM loose_blocks))",

    [LOOSE_ADD] = "INSERT OR IGNORE INTO loose_blocks (block_id) VALUES (?1)",
    [LOOSE_REMOVE] = "DELETE FROM loose_blocks WHERE block_id = ?1",
    [LOOSE_FIRST] = "SELECT block_id FROM loose_blocks LIMIT 1",

    [DATASET_INSERT] =
        "INSERT INTO datasets (" DATASET_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [DATASET_DELETE] = "DELETE FROM datasets WHERE id = ?1",
    [DATASET_BY_NAME] = "SELECT " DATASET_COLUMNS " FROM datasets WHERE name = ?1",
    [DATASET_BY_ID] = "SELECT id FROM datasets WHERE id = ?1",
    [DATASETS_FROM_NAME] =
        "SELECT " DATASET_COLUMNS " FROM datasets WHERE name >= ?1 ORDER BY name",

    [STAGED_ADD] = "INSERT OR IGNORE INTO staged_blocks (block_id) VALUES (?1)",
    [STAGED_REMOVE] = "DELETE FROM staged_blocks WHERE block_id = ?1",
    [STAGED_COUNT] = "SELECT count(*) FROM staged_blocks",
    [STAGED_LOOSEN] =
        "INSERT OR IGNORE INTO loose_blocks (block_id) SELECT block_id FROM staged_blocks",
    [STAGED_CLEAR] = "DELETE FROM staged_blocks",
};
