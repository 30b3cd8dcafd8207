#include "storage/chunks.h"

#include <stdlib.h>

/* Chunks in one transaction: a sync for each 8 MiB, and nobody waits longer than for that. */
enum { STAGED_AT_ONCE = 8 };

enum store_status chunks_init(struct chunks *chunks, struct connection *connection)
{
    *chunks = (struct chunks){.connection = connection, .loose = true};
    chunks->buffer = malloc(CHUNK_SIZE);
    if (!chunks->buffer)
        return STORE_NO_MEMORY;
    return connection_number(connection, CHUNK_LAST_BLOCK, &chunks->last_id);
}

void chunks_release(struct chunks *chunks)
{
    free(chunks->buffer);
    free(chunks->forgotten);
}

/* Writes the first `size` bytes of the buffer. */
static enum store_status write_chunk(struct chunks *chunks, int64_t id, int64_t seq, size_t size)
{
    sqlite3_stmt *write = chunks->connection->statements[CHUNK_WRITE];
    sqlite3_bind_int64(write, 1, id);
    sqlite3_bind_int64(write, 2, seq);
    sqlite3_bind_blob(write, 3, chunks->buffer, (int)size, SQLITE_STATIC);
    return connection_run(chunks->connection, CHUNK_WRITE);
}

enum store_status chunks_write(struct chunks *chunks, const struct store_block *block, int64_t id)
{
    block_encode(block, chunks->buffer);
    return write_chunk(chunks, id, 0, block_encoded_size(block));
}

/* Writes the chunks from `first` on that belong into one transaction. */
static enum store_status stage_part(struct chunks *chunks, const struct store_block *block,
                                    const unsigned char *header, int64_t id, size_t first)
{
    size_t size = block_encoded_size(block);
    enum store_status status = STORE_OK;
    for (size_t seq = first; seq < first + STAGED_AT_ONCE && status == STORE_OK; seq++) {
        size_t offset = seq * CHUNK_SIZE;
        if (offset >= size)
            break;
        size_t part = size - offset < CHUNK_SIZE ? size - offset : CHUNK_SIZE;
        block_encode_part(block, header, offset, part, chunks->buffer);
        status = write_chunk(chunks, id, (int64_t)seq, part);
    }
    return status;
}

enum store_status chunks_stage(struct chunks *chunks, const struct store_block *block, int64_t *id)
{
    unsigned char header[BLOCK_HEADER_SIZE];
    block_encode_header(block, header);
    size_t count = (block_encoded_size(block) + CHUNK_SIZE - 1) / CHUNK_SIZE;
    int64_t new_id = ++chunks->last_id;
    chunks->loose = true;
    enum store_status status = STORE_OK;
    for (size_t seq = 0; seq < count && status == STORE_OK; seq += STAGED_AT_ONCE) {
        status = connection_run(chunks->connection, BEGIN_IMMEDIATE);
        if (status != STORE_OK)
            break;
        if (seq == 0)
            status = connection_run_with(chunks->connection, LOOSE_ADD, new_id);
        if (status == STORE_OK)
            status = stage_part(chunks, block, header, new_id, seq);
        status = connection_end(chunks->connection, status);
        if (status == STORE_OK)
            status = connection_checkpoint(chunks->connection, false);
    }
    if (status == STORE_OK)
        *id = new_id;
    return status;
}

enum store_status chunks_publish(struct chunks *chunks, int64_t id)
{
    return connection_run_with(chunks->connection, LOOSE_REMOVE, id);
}

/* Deletes the first `limit` chunks of a block; writes how many there were. */
static enum store_status delete_chunks(struct chunks *chunks, int64_t id, int limit, int *count)
{
    sqlite3_bind_int(chunks->connection->statements[CHUNKS_DELETE], 2, limit);
    enum store_status status = connection_run_with(chunks->connection, CHUNKS_DELETE, id);
    *count = sqlite3_changes(chunks->connection->db);
    return status;
}

enum store_status chunks_drop(struct chunks *chunks, struct place place)
{
    int count;
    if (place.bytes <= CHUNK_SIZE)
        return delete_chunks(chunks, place.id, 1, &count);
    chunks->loose = true;
    return connection_run_with(chunks->connection, LOOSE_ADD, place.id);
}

enum store_status chunks_sweep(struct chunks *chunks)
{
    int64_t id;
    enum store_status status = connection_number(chunks->connection, LOOSE_FIRST, &id);
    if (status == STORE_NOT_FOUND) {
        chunks->loose = false;
        return STORE_OK;
    }
    if (status == STORE_OK)
        status = connection_run(chunks->connection, BEGIN_IMMEDIATE);
    if (status != STORE_OK)
        return status;
    int count;
    status = delete_chunks(chunks, id, SWEPT_AT_ONCE, &count);
    if (status == STORE_OK && count < SWEPT_AT_ONCE)
        status = chunks_publish(chunks, id); /* nothing is left of it to be loose */
    return connection_end(chunks->connection, status);
}

/* Hands one chunk to the decoder. */
static enum store_status decode_chunk(struct block_decoder *decoder, sqlite3_stmt *row, int data)
{
    const unsigned char *bytes = sqlite3_column_blob(row, data);
    int count = sqlite3_column_bytes(row, data);
    return bytes ? block_decoder_add(decoder, bytes, count) : STORE_DAMAGED;
}

/* A chunk after the first, in a read transaction of its own. */
static enum store_status read_chunk(struct connection *connection, int64_t id, int64_t seq,
                                    struct block_decoder *decoder)
{
    sqlite3_stmt *read = connection->statements[CHUNK_READ];
    sqlite3_bind_int64(read, 1, id);
    sqlite3_bind_int64(read, 2, seq);
    enum store_status status = connection_step(connection, CHUNK_READ);
    if (status == STORE_OK)
        status = decode_chunk(decoder, read, 0);
    else if (status == STORE_NOT_FOUND)
        status = STORE_STALE;
    connection_reset(connection, CHUNK_READ);
    return status;
}

enum store_status chunks_read(struct connection *connection, enum statement statement, int data,
                              struct place place, struct store_block_copy *out)
{
    struct block_decoder decoder;
    block_decoder_init(&decoder, place.bytes);
    enum store_status status = decode_chunk(&decoder, connection->statements[statement], data);
    connection_reset(connection, statement);
    for (int64_t seq = 1; status == STORE_OK && decoder.taken < decoder.size; seq++)
        status = read_chunk(connection, place.id, seq, &decoder);
    if (status == STORE_OK)
        status = block_decoder_finish(&decoder, out);
    block_decoder_release(&decoder);
    return status;
}
