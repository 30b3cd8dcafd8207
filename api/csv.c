#include "api/csv.h"

#include <string.h>

enum state {
    AT_START, /* of the text: a byte order mark may come */
    AT_CELL,  /* nothing of the cell has come */
    IN_PLAIN,
    IN_QUOTED,
    AFTER_QUOTE, /* of a quoted cell: its end, or the first half of a doubled one */
    AFTER_RETURN,
};

enum { MARK_LENGTH = 3 };

static const char byte_order_mark[MARK_LENGTH + 1] = "\xef\xbb\xbf";

static const char too_long[] = "is longer than the 4096 bytes that a cell may have";
static const char stray_quote[] = "has a double quote inside: put the whole cell in quotes, and "
                                  "double those within";
static const char after_quote[] = "goes on after its closing quote: a comma or the line's end must "
                                  "follow, or the quote be doubled";
static const char lone_return[] = "has a carriage return without a line feed; quote the cell, or "
                                  "end lines with LF or CRLF";
static const char open_quote[] = "begins with a double quote that nothing closes";

uint64_t csv_line(const struct csv_parser *parser)
{
    return parser->cell_line ? parser->cell_line : parser->lines + 1;
}

size_t csv_column(const struct csv_parser *parser)
{
    return parser->column + 1;
}

/* Keeps bytes of the cell. False: it is too long. */
static bool keep(struct csv_parser *parser, const char *data, size_t size)
{
    if (size > CSV_MAX_CELL - parser->length)
        return false;
    memcpy(parser->text + parser->length, data, size);
    parser->length += size;
    return true;
}

/* The cell is complete: hands it on, and waits for the next one. */
static void end_cell(struct csv_parser *parser)
{
    const struct csv_cell cell = {parser->text, parser->length, csv_line(parser),
                                  csv_column(parser)};
    parser->stopped = parser->stopped || !parser->take_cell(parser->argument, &cell);
    parser->column++;
    parser->state = AT_CELL;
    parser->length = 0;
    parser->quoted = false;
    parser->cell_line = parser->lines + 1;
}

/* The line is complete; an empty one is nothing. */
static void end_record(struct csv_parser *parser)
{
    uint64_t line = csv_line(parser);
    if (parser->column > 0 || parser->length > 0 || parser->quoted) {
        end_cell(parser);
        parser->stopped =
            parser->stopped || !parser->end_record(parser->argument, line, parser->column);
    }
    parser->state = AT_CELL;
    parser->column = 0;
}

static bool ends_cell(char c)
{
    return c == ',' || c == '\n' || c == '\r';
}

/* A comma or a line's end after a cell. */
static void end_at(struct csv_parser *parser, char c)
{
    if (c == ',') {
        end_cell(parser);
    } else if (c == '\r') {
        parser->state = AFTER_RETURN;
    } else {
        end_record(parser);
        parser->lines++;
        parser->cell_line = parser->lines + 1;
    }
}

/* As many bytes as belong to the cell as they are. */
static const char *take_run(struct csv_parser *parser, const char *data, size_t size, size_t *taken)
{
    size_t count = 0;
    while (count < size && data[count] != '"' &&
           (parser->state == IN_QUOTED || !ends_cell(data[count]))) {
        parser->lines += data[count] == '\n';
        count++;
    }
    *taken = count;
    return keep(parser, data, count) ? NULL : too_long;
}

/* The first byte of a cell that has one. */
static const char *take_first(struct csv_parser *parser, char c)
{
    if (ends_cell(c)) {
        end_at(parser, c);
    } else if (c == '"') {
        parser->state = IN_QUOTED;
        parser->quoted = true;
    } else {
        parser->state = IN_PLAIN;
        return keep(parser, &c, 1) ? NULL : too_long;
    }
    return NULL;
}

static const char *take_after_quote(struct csv_parser *parser, char c)
{
    if (c == '"') {
        parser->state = IN_QUOTED;
        return keep(parser, &c, 1) ? NULL : too_long;
    }
    if (!ends_cell(c))
        return after_quote;
    end_at(parser, c);
    return NULL;
}

/* A byte that is not like those before it. */
static const char *take_byte(struct csv_parser *parser, char c)
{
    switch ((enum state)parser->state) {
    case AT_START:
    case AT_CELL:
        return take_first(parser, c);
    case IN_PLAIN:
        if (c == '"')
            return stray_quote;
        end_at(parser, c);
        return NULL;
    case IN_QUOTED:
        parser->state = AFTER_QUOTE;
        return NULL;
    case AFTER_QUOTE:
        return take_after_quote(parser, c);
    case AFTER_RETURN:
        if (c != '\n')
            return lone_return;
        end_at(parser, c);
        return NULL;
    }
    return NULL;
}

/* Passes over a byte order mark, of which a part may have come before. What only looked like one
 * belongs to the first cell. */
static const char *take_mark(struct csv_parser *parser, const char *data, size_t size)
{
    size_t count = 0;
    while (count < size && parser->mark < MARK_LENGTH &&
           data[count] == byte_order_mark[parser->mark]) {
        parser->mark++;
        count++;
    }
    if (parser->mark == MARK_LENGTH) {
        parser->state = AT_CELL;
    } else if (count < size) {
        parser->state = parser->mark ? IN_PLAIN : AT_CELL;
        keep(parser, byte_order_mark, parser->mark);
    }
    return data + count;
}

const char *csv_take(struct csv_parser *parser, const char *data, size_t size)
{
    const char *end = data + size, *fault = NULL;
    if (parser->state == AT_START)
        data = take_mark(parser, data, size);
    while (data < end && !fault && !parser->stopped) {
        size_t taken = 0;
        if (parser->state == IN_PLAIN || parser->state == IN_QUOTED)
            fault = take_run(parser, data, (size_t)(end - data), &taken);
        data += taken;
        if (data < end && !fault)
            fault = take_byte(parser, *data++);
    }
    return fault;
}

const char *csv_end(struct csv_parser *parser)
{
    if (parser->stopped)
        return NULL;
    if (parser->state == IN_QUOTED)
        return open_quote;
    if (parser->state == AFTER_RETURN)
        return lone_return;
    end_record(parser);
    return NULL;
}
