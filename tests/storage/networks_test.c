/* Networks in the store: what is written is read back to the bit, by name, in order. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"
#include "tests/storage/fixture.h"

static void check_row(struct store *store, const struct store_change *expected,
                      size_t parameter_count, const char *what)
{
    struct store_network row = {0};
    tap_ok(store_read_network(store, expected->name, &row) == STORE_OK, "%s: the row is there",
           what);
    tap_text(row.name, expected->name, "%s: name", what);
    tap_text(row.definition, expected->definition, "%s: definition", what);
    tap_ok(row.id == expected->id && row.creation_id == expected->creation_id &&
               row.revision == expected->revision && row.steps == expected->steps &&
               row.created_at == expected->created_at && row.updated_at == expected->updated_at &&
               row.parameter_count == parameter_count,
           "%s: numbers", what);
    store_network_release(&row);
}

static bool current_block_is(struct store *store, const char *name, const struct store_block *block)
{
    struct store_network row;
    struct store_block_copy copy;
    if (store_read_network_block(store, name, &row, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, block);
    store_block_release(&copy);
    store_network_release(&row);
    return same;
}

static bool start_is(struct store *store, int64_t id, uint64_t revision,
                     const struct store_block *block)
{
    struct store_block stateless = *block;
    stateless.state = NULL;
    stateless.state_count = stateless.optimizer_updates = 0;
    struct store_block_copy copy;
    if (store_read_start(store, id, revision, &copy) != STORE_OK)
        return false;
    bool same = fixture_same_block(&copy, &stateless);
    store_block_release(&copy);
    return same;
}

/* Numbers at the ends of their ranges come back, and so does every kind of double. */
static void test_round_trip(struct store *store)
{
    static const double values[] = {0.0,     -0.0,      1.0 / 3,   DBL_MAX,  -DBL_MAX,
                                    DBL_MIN, 0x1p-1074, -INFINITY, INFINITY, 0x1.fffffffffffffp-1};
    const size_t count = sizeof(values) / sizeof(values[0]);
    struct store_block block = {values,     values + 1, count - 3, count - 1,
                                UINT64_MAX, UINT32_MAX, false};
    struct store_change change = {
        .kind = STORE_CREATE,
        .name = "round-trip",
        .definition = "{\"gr\u00fc\u00dfe\": \"\\u0001\"}",
        .creation_id = UINT64_MAX,
        .revision = (UINT64_MAX >> 1) + 1, /* the sign bit of what SQLite keeps */
        .steps = UINT64_MAX - 1,
        .created_at = INT64_MIN,
        .updated_at = INT64_MAX,
        .block = &block,
    };
    tap_ok(fixture_commit(store, &change) == STORE_OK, "create a network of extremes");
    check_row(store, &change, block.parameter_count, "extremes");
    tap_ok(current_block_is(store, "round-trip", &block), "extremes: parameters and state");
    tap_ok(start_is(store, change.id, change.revision, &block),
           "the block is the start, without its state");
}

static void test_create(struct store *store)
{
    struct store_block *block = fixture_block(4, 8, 1), *start = fixture_block(4, 4, 2);
    struct store_change first = fixture_create("create", block);
    first.start = start;
    tap_ok(fixture_commit(store, &first) == STORE_OK && first.id > 0, "create gives an id");
    tap_ok(start_is(store, first.id, 0, start), "a start of its own is kept");

    struct store_change second = fixture_create("create", start);
    tap_ok(fixture_commit(store, &second) == STORE_EXISTS, "a name is there once");
    tap_ok(current_block_is(store, "create", block), "the first one stays as it was");
    struct store_change third = fixture_create("CREATE", start);
    tap_ok(fixture_commit(store, &third) == STORE_OK && third.id != first.id, "case matters");
    fixture_block_free(block);
    fixture_block_free(start);
}

static void test_update(struct store *store)
{
    struct store_block *old = fixture_block(4, 0, 1), *new = fixture_block(4, 4, 2),
                       *other = fixture_block(7, 14, 3);
    struct store_change create = fixture_create("update", old);
    tap_ok(fixture_commit(store, &create) == STORE_OK, "create what is updated");

    struct store_change step = fixture_update(create.id, 0, new);
    tap_ok(fixture_commit(store, &step) == STORE_OK, "a step");
    tap_ok(current_block_is(store, "update", new) && start_is(store, create.id, 1, old),
           "a step changes the values, not the start");

    struct store_change stale = fixture_update(create.id, 0, old);
    stale.name = "renamed-by-a-stale-change";
    stale.definition = "{\"stale\": true}";
    tap_ok(fixture_commit(store, &stale) == STORE_STALE, "an old parent revision is refused");
    tap_ok(current_block_is(store, "update", new), "a refused update leaves the values");
    struct store_change nobody = fixture_update(999999, 0, old);
    tap_ok(fixture_commit(store, &nobody) == STORE_STALE, "a network that is not there is stale");

    struct store_change replace = fixture_update(create.id, 1, other);
    replace.start = other;
    replace.name = "updated";
    replace.definition = "{\"replaced\": true}";
    tap_ok(fixture_commit(store, &replace) == STORE_OK, "all of it at once");
    replace.creation_id = create.creation_id;
    replace.created_at = create.created_at;
    check_row(store, &replace, 7, "replaced");
    tap_ok(current_block_is(store, "updated", other) && start_is(store, create.id, 2, other),
           "values of another size, and a new start");

    struct store_change touch = fixture_update(create.id, 2, NULL);
    touch.name = "updated";
    touch.definition = "{\"touched\": true}";
    tap_ok(fixture_commit(store, &touch) == STORE_OK, "a definition alone, under the same name");
    tap_ok(current_block_is(store, "updated", other), "it leaves the values");

    struct store_block_copy copy;
    tap_ok(store_read_start(store, create.id, 2, &copy) == STORE_STALE,
           "start of a revision that is over");
    tap_ok(store_read_start(store, 999999, 2, &copy) == STORE_NOT_FOUND,
           "start of a network that is not there");
    fixture_block_free(old);
    fixture_block_free(new);
    fixture_block_free(other);
}

static void test_rename(struct store *store)
{
    int64_t a = fixture_network(store, "rename-a", 1), b = fixture_network(store, "rename-b", 2);
    struct store_block *block = fixture_block(10, 0, 3);
    struct store_change taken = fixture_update(a, 0, block);
    taken.name = "rename-b";
    tap_ok(fixture_commit(store, &taken) == STORE_EXISTS, "a rename onto another is refused");
    tap_ok(!current_block_is(store, "rename-a", block), "and its values are not written");
    struct store_change moved = fixture_update(b, 0, NULL);
    moved.name = "rename-c";
    tap_ok(fixture_commit(store, &moved) == STORE_OK && fixture_commit(store, &taken) == STORE_OK,
           "a name that was given up is free");
    tap_ok(current_block_is(store, "rename-b", block), "the rename brought its values");
    fixture_block_free(block);
}

static void test_delete(struct store *store)
{
    int64_t id = fixture_network(store, "delete", 1);
    struct store_change stale = fixture_delete(id, 1), change = fixture_delete(id, 0);
    struct store_network row;
    struct store_block_copy copy;
    tap_ok(fixture_commit(store, &stale) == STORE_STALE, "a delete names its revision");
    tap_ok(fixture_commit(store, &change) == STORE_OK, "delete");
    tap_ok(store_read_network(store, "delete", &row) == STORE_NOT_FOUND &&
               store_read_network_block(store, "delete", &row, &copy) == STORE_NOT_FOUND,
           "it is gone");
    tap_ok(fixture_commit(store, &change) == STORE_STALE, "a second delete is stale");
    tap_ok(fixture_network(store, "delete", 2) > id, "its name is free, its id is not used again");
}

/* Names in the order of their bytes. `_` and `%` mean something in LIKE; "lj" follows all names
 * that begin with "li"; \x7f is the last byte of ASCII. */
static const char *const listed[] = {
    "l%",  "l-a", "l.b", "l1",   "l10",  "l2",  "lA", "l_",    "l_a",
    "l_b", "la",  "li",  "li-1", "li-2", "liz", "lj", "l\x7f", "l\x7f\x7f",
};

static const struct list_case {
    const char *prefix, *after;
    size_t limit;
    const char *first;
    size_t count;
    bool more;
} list_cases[] = {
    {"l", NULL, 100, "l%", 18, false},
    {"l", NULL, 18, "l%", 18, false},
    {"l", NULL, 17, "l%", 17, true},
    {"l", NULL, 0, NULL, 0, true},
    {"l_", NULL, 100, "l_", 3, false},
    {"l%", NULL, 100, "l%", 1, false},
    {"l1", "l1", 100, "l10", 1, false},
    {"l1", "l10", 100, NULL, 0, false},
    {"li", NULL, 3, "li", 3, true},
    {"li", "li-1", 3, "li-2", 2, false},
    {"li", "a", 100, "li", 4, false},
    {"li", "lj", 100, NULL, 0, false},
    {"li", "li-15", 100, "li-2", 2, false}, /* a cursor whose network was deleted */
    {"l\x7f", NULL, 100, "l\x7f", 2, false},
    {"l\x7f\x7f", NULL, 100, "l\x7f\x7f", 1, false},
    {"l\x7f\x7f\x7f", NULL, 100, NULL, 0, false},
    {"L", NULL, 100, NULL, 0, false},
    {NULL, "lj", 1, "l\x7f", 1, true},
    {"", "zz", 100, NULL, 0, false},
};

static void test_list(struct store *store)
{
    const size_t count = sizeof(listed) / sizeof(listed[0]);
    for (size_t i = 0; i < count; i++) /* in an order of its own */
        fixture_network(store, listed[i * 7 % count], i);
    fixture_network(store, "m", 0);
    for (size_t i = 0; i < sizeof(list_cases) / sizeof(list_cases[0]); i++) {
        const struct list_case *c = &list_cases[i];
        struct store_network *rows = NULL;
        size_t found = 99;
        bool more = !c->more;
        enum store_status status =
            store_list_networks(store, c->prefix, c->after, c->limit, &rows, &found, &more);
        tap_ok(status == STORE_OK && found == c->count && more == c->more,
               "list %s after %s, %zu: %zu rows", c->prefix, c->after, c->limit, c->count);
        if (c->first)
            tap_text(found ? rows[0].name : NULL, c->first, "the first of them");
        bool ordered = true;
        for (size_t row = 1; row < found; row++)
            ordered &= strcmp(rows[row - 1].name, rows[row].name) < 0;
        tap_ok(ordered, "in the order of bytes");
        for (size_t row = 0; row < found; row++)
            store_network_release(&rows[row]);
        free(rows);
    }
    uint64_t all = 0;
    tap_ok(store_count_networks(store, &all) == STORE_OK, "count");
    tap_ok(all == 1 + 2 + 1 + 2 + 1 + count + 1, "every network is counted: %d", (int)all);
}

static void test_all(const char *path)
{
    struct store *store = fixture_open(path);
    tap_ok(store_is_new(store) && store_writable(store) && !store_sync_failed(store),
           "%s: a new store takes writes", path);
    test_round_trip(store);
    test_create(store);
    test_update(store);
    test_rename(store);
    test_delete(store);
    test_list(store);
    store_close(store);
}

static void test_reopen(const char *path)
{
    struct store *store = fixture_open(path);
    struct store_block *block = fixture_block(7, 14, 3);
    tap_ok(!store_is_new(store), "the second time it is not new");
    tap_ok(current_block_is(store, "updated", block), "and has what the first one wrote");
    int64_t last = fixture_query(path, "SELECT max(id) FROM networks");
    tap_ok(fixture_network(store, "later", 1) == last + 1, "ids go on");
    store_close(store);
    tap_ok(fixture_query(path, "SELECT count(*) FROM chunks WHERE block_id NOT IN "
                               "(SELECT block_id FROM networks UNION SELECT start_id FROM "
                               "networks)") == 0,
           "no chunk is left without a network");
    fixture_block_free(block);
}

int main(void)
{
    char *path = fixture_path("networks.db");
    test_all(path);
    test_reopen(path);
    test_all(":memory:");
    free(path);
    return tap_done();
}
