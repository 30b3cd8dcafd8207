#ifndef API_CSV_H
#define API_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads CSV as RFC 4180 has it, in pieces as they come: cells between commas, records at lines'
 * ends (CRLF or LF, the last one may have none), a cell in double quotes may hold commas, line ends
 * and doubled quotes. A byte order mark at the start is skipped, and so are empty lines. Of one
 * cell at a time the text is kept, nothing else.
 */

enum { CSV_MAX_CELL = 4096 }; /* bytes of a cell */

struct csv_cell {
    const char *text; /* not NUL-terminated; valid for the time of the call */
    size_t length;
    uint64_t line; /* where it begins, from 1 on */
    size_t column; /* which cell of its record, from 1 on */
};

struct csv_parser {
    /* What is done with each cell, and at each record's end with the number of its cells. False
     * stops. */
    bool (*take_cell)(void *argument, const struct csv_cell *cell);
    bool (*end_record)(void *argument, uint64_t line, size_t cells);
    void *argument;

    /* The parser's own; 0 at first. */
    int state;
    uint64_t lines; /* line feeds so far */
    uint64_t cell_line;
    size_t column; /* cells of this record before this one */
    size_t length; /* of `text` */
    size_t mark;   /* bytes of a byte order mark so far */
    bool quoted;   /* the cell is */
    bool stopped;
    char text[CSV_MAX_CELL];
};

/* Takes a piece. NULL when all is well, or when it was stopped; else what is wrong, as a clause
 * about the place that csv_line() and csv_column() tell. Not to be called again after that. */
const char *csv_take(struct csv_parser *parser, const char *data, size_t size);

/* Nothing more comes. NULL as above. */
const char *csv_end(struct csv_parser *parser);

/* Where the cell that is being read begins. */
uint64_t csv_line(const struct csv_parser *parser);
size_t csv_column(const struct csv_parser *parser);

#endif
