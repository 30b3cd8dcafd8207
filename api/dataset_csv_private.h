#ifndef API_DATASET_CSV_PRIVATE_H
#define API_DATASET_CSV_PRIVATE_H

#include "api/csv.h"
#include "api/dataset_csv.h"
#include "api/word_list.h"

/* What the files of dataset_csv share. */

/* What the first sample shows a column to be. */
enum kind { KIND_UNKNOWN, KIND_NUMBERS, KIND_WORDS };

struct csv_column {
    char *name;
    bool is_target;
    enum kind kind;
    struct word_list words;
};

struct dataset_csv {
    struct engine *engine;
    const struct limits *limits;
    struct problem *problem;
    struct csv_parser parser;
    struct csv_column *columns;
    size_t column_count;
    size_t room; /* of `columns` */
    struct word_list targets;
    bool has_header;
    uint64_t max_rows;
    double *row;
    bool row_is_good;
    struct upload *upload;
};

/* dataset_csv_header.c: the first line, and what ?targets= says about it. */

/* Reads ?targets= as a line of CSV, so that a name may have a comma; else adds a fault. */
void csv_header_read_targets(struct dataset_csv *csv, const char *targets);

/* Takes the name of a column. False: nothing more is wanted. */
bool csv_header_take(struct dataset_csv *csv, const struct csv_cell *cell);

/* The first line is complete. False with a fault: without a right one no other line can be judged.
 */
bool csv_header_end(struct dataset_csv *csv, uint64_t line);

/* Adds the fault of a cell. Returns whether further ones are of interest. */
bool csv_fault(struct dataset_csv *csv, const struct csv_cell *cell, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sets the problem; returns false. */
bool csv_no_memory(struct dataset_csv *csv);

/* Whether a text can stand in an answer's JSON. */
bool csv_is_text(const char *text, size_t length);

#endif
