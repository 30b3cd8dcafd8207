/* CSV as RFC 4180 has it, whole and in pieces of every size. */
#include "api/csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/harness/tap.h"

/* What is expected: cells in brackets, "/" after each record; then a fault with its place. */
static const struct csv_row {
    const char *why;
    const char *text;
    const char *read;
    const char *fault; /* a part of its sentence; NULL: none */
    uint64_t line;
    size_t column;
} rows[] = {
    {"lines", "a,b\n1,2\n", "[a][b]/[1][2]/"},
    {"CRLF", "a,b\r\n1,2\r\n", "[a][b]/[1][2]/"},
    {"no end of the last line", "a,b\n1,2", "[a][b]/[1][2]/"},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "a,b\n1,2\n",
     "[a][b]/[1][2]/"},
    {"half of one", "\xef\xbb,b\n", "[\xef\xbb][b]/"},
    {"before a quote", "\xef\xbb\xbf\"a\",b\n", "[a][b]/"},
    {"empty cells", ",\n,,\n", "[][]/[][][]/"},
    {"at the end", "1,", "[1][]/"},
    {"one column", "a\n1\n", "[a]/[1]/"},
    {"empty lines", "\n\r\na,b\n\n1,2\r\n\r\n", "[a][b]/[1][2]/"},
    {"a quoted empty cell is a line", "a\n\"\"\n", "[a]/[]/"},
    {"quotes", "\"a\",\"b\"\n", "[a][b]/"},
    {"a comma in quotes", "\"a,b\",c\n", "[a,b][c]/"},
    {"a doubled quote", "\"a\"\"b\"\n", "[a\"b]/"},
    {"only that", "\"\"\"\"\n", "[\"]/"},
    {"a line end in quotes", "\"a\r\nb\",c\n", "[a\r\nb][c]/"},
    {"blanks belong to their cell", " a , b\n", "[ a ][ b]/"},
    {"nothing", "", ""},
    {"nothing but a mark", "\xef\xbb\xbf", ""},
    {"a quote inside", "a,b\n1,2\"3\n", "[a][b]/[1]", "double quote inside", 2, 2},
    {"after the closing quote", "a\n\"1\"2\n", "[a]/", "closing quote", 2, 1},
    {"a blank after it", "\"1\" ,2\n", "", "closing quote", 1, 1},
    {"a quote that stays open", "a,b\n1,\"2\n3\n", "[a][b]/[1]", "nothing closes", 2, 2},
    {"a lone carriage return", "a,b\r1,2\n", "[a]", "line feed", 1, 2},
    {"at the end", "a,b\r", "[a]", "line feed", 1, 2},
};

/* What has been read, as a text. */
struct reading {
    char text[256];
};

static bool take_cell(void *argument, const struct csv_cell *cell)
{
    struct reading *reading = argument;
    size_t length = strlen(reading->text);
    snprintf(reading->text + length, sizeof(reading->text) - length, "[%.*s]", (int)cell->length,
             cell->text);
    return true;
}

static bool end_record(void *argument, uint64_t line, size_t cells)
{
    (void)line, (void)cells;
    strcat(((struct reading *)argument)->text, "/");
    return true;
}

static struct csv_parser *create(struct reading *reading)
{
    struct csv_parser *parser = calloc(1, sizeof(*parser));
    if (!parser)
        abort();
    *reading = (struct reading){""};
    parser->take_cell = take_cell;
    parser->end_record = end_record;
    parser->argument = reading;
    return parser;
}

static const char *read_pieces(struct csv_parser *parser, const char *text, size_t size)
{
    const char *fault = NULL;
    for (size_t at = 0; at < strlen(text) && !fault; at += size)
        fault = csv_take(parser, text + at, strlen(text) - at < size ? strlen(text) - at : size);
    return fault ? fault : csv_end(parser);
}

static void check(const struct csv_row *row)
{
    bool good = true;
    struct reading reading;
    for (size_t size = 1; size <= strlen(row->text) + 1 && good; size++) {
        struct csv_parser *parser = create(&reading);
        const char *fault = read_pieces(parser, row->text, size);
        good = strcmp(reading.text, row->read) == 0 && !fault == !row->fault;
        if (good && fault)
            good = strstr(fault, row->fault) && csv_line(parser) == row->line &&
                   csv_column(parser) == row->column;
        if (!good)
            tap_note("in pieces of %zu: %s, %s at line %d, column %zu", size, reading.text,
                     fault ? fault : "no fault", (int)csv_line(parser), csv_column(parser));
        free(parser);
    }
    tap_ok(good, "%s", row->why);
}

static void test_places(void)
{
    static const char text[] = "a,b\n\n\"1\n2\",3\n4,5\"\n";
    struct reading reading;
    struct csv_parser *parser = create(&reading);
    const char *fault = read_pieces(parser, text, sizeof(text));
    tap_ok(fault && csv_line(parser) == 5 && csv_column(parser) == 2,
           "empty lines and those in quotes count: line %d", (int)csv_line(parser));
    free(parser);
}

static void test_long_cell(void)
{
    struct reading reading;
    struct csv_parser *parser = create(&reading);
    static char text[CSV_MAX_CELL + 2];
    memset(text, 'x', sizeof(text) - 1);
    tap_ok(!csv_take(parser, text, CSV_MAX_CELL), "a cell of %d bytes", CSV_MAX_CELL);
    const char *fault = csv_take(parser, text, 1);
    tap_ok(fault && strstr(fault, "longer"), "a longer one");
    free(parser);
}

int main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check(&rows[i]);
    test_places();
    test_long_cell();
    return tap_done();
}
