#ifndef STORAGE_STORE_INTERNAL_H
#define STORAGE_STORE_INTERNAL_H

#include "storage/lock_file.h"
#include "storage/pool.h"
#include "storage/writer.h"

struct store {
    struct lock_file lock;
    struct pool writer_pool; /* of one */
    struct pool reader_pool; /* empty for ":memory:" */
    struct pool *readers;    /* writer_pool for ":memory:": there is one connection for all */
    struct writer *writer;
    bool is_new;
};

#endif
