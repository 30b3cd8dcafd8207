#include <stdlib.h>
#include <string.h>

#include "api/dataset_csv_private.h"
#include "api/dataset_limits.h"

static bool add_column(struct dataset_csv *csv, const struct csv_cell *cell)
{
    if (csv->column_count == csv->room) {
        size_t room = csv->room ? 2 * csv->room : 16;
        struct csv_column *columns = reallocarray(csv->columns, room, sizeof(*columns));
        if (!columns)
            return csv_no_memory(csv);
        csv->columns = columns;
        csv->room = room;
    }
    char *name = strndup(cell->text, cell->length);
    if (!name)
        return csv_no_memory(csv);
    csv->columns[csv->column_count++] = (struct csv_column){.name = name};
    return true;
}

bool csv_header_take(struct dataset_csv *csv, const struct csv_cell *cell)
{
    if (csv->column_count == DATASET_MAX_COLUMNS) {
        csv_fault(csv, cell, "is beyond the 10000 columns that a dataset may have");
        return false;
    }
    bool goes_on = true;
    if (cell->length == 0)
        goes_on = csv_fault(csv, cell, "is empty; the first line must name every column");
    else if (cell->length > DATASET_MAX_NAME || !csv_is_text(cell->text, cell->length))
        goes_on =
            csv_fault(csv, cell, "is no name: at most 128 bytes of UTF-8, without NUL, can be one");
    return add_column(csv, cell) && goes_on;
}

/* A column's name and place, to be put in order. */
struct named {
    const char *name;
    size_t place;
};

static int compare_names(const void *a, const void *b)
{
    const struct named *left = a, *right = b;
    return strcmp(left->name, right->name);
}

/* Equal names are in the order of their places. */
static int compare_columns(const void *a, const void *b)
{
    const struct named *left = a, *right = b;
    int order = compare_names(a, b);
    return order ? order : (left->place > right->place) - (left->place < right->place);
}

/* Two columns of one name could not be told apart. */
static bool check_names(struct dataset_csv *csv, uint64_t line, const struct named *sorted)
{
    for (size_t i = 1; i < csv->column_count; i++) {
        struct csv_cell cell = {.line = line, .column = sorted[i].place + 1};
        if (sorted[i].name[0] && strcmp(sorted[i - 1].name, sorted[i].name) == 0 &&
            !csv_fault(csv, &cell, "has the name of a column before it"))
            return false;
    }
    return true;
}

/* Marks the columns that are targets. */
static void mark_targets(struct dataset_csv *csv, const struct named *sorted)
{
    for (size_t t = 0; t < csv->targets.count; t++) {
        const struct named wanted = {.name = csv->targets.words[t]};
        const struct named *found =
            bsearch(&wanted, sorted, csv->column_count, sizeof(*sorted), compare_names);
        if (found)
            csv->columns[found->place].is_target = true;
        else
            problem_add(csv->problem, "targets",
                        "names \"%s\", which is no column of the first line", wanted.name);
    }
    if (csv->targets.count >= csv->column_count)
        problem_add(csv->problem, "targets", "must leave at least one column to be an input");
}

bool csv_header_end(struct dataset_csv *csv, uint64_t line)
{
    struct named *sorted = calloc(csv->column_count, sizeof(*sorted));
    if (!sorted)
        return csv_no_memory(csv);
    for (size_t i = 0; i < csv->column_count; i++)
        sorted[i] = (struct named){csv->columns[i].name, i};
    qsort(sorted, csv->column_count, sizeof(*sorted), compare_columns);
    bool good = check_names(csv, line, sorted);
    if (good && csv->problem->kind == PROBLEM_NONE)
        mark_targets(csv, sorted);
    free(sorted);
    csv->has_header = true;
    /* Without a right header no line can be judged. */
    return good && csv->problem->kind == PROBLEM_NONE;
}

static bool take_target(void *argument, const struct csv_cell *cell)
{
    struct dataset_csv *csv = argument;
    if (word_list_number(&csv->targets, cell->text, cell->length) == SIZE_MAX)
        return csv_no_memory(csv);
    return true;
}

static bool end_targets(void *argument, uint64_t line, size_t cells)
{
    (void)argument, (void)line, (void)cells;
    return true;
}

void csv_header_read_targets(struct dataset_csv *csv, const char *targets)
{
    struct csv_parser parser = {
        .take_cell = take_target, .end_record = end_targets, .argument = csv};
    const char *fault = csv_take(&parser, targets, strlen(targets));
    if (!fault)
        fault = csv_end(&parser);
    if (fault)
        problem_add(csv->problem, "targets", "%s", fault);
    else if (csv->targets.count == 0)
        problem_add(csv->problem, "targets", "must name columns, with commas between them");
}
