/*
 * Bodies in files: those in valid/ are read as Jansson alone reads them; those in invalid/ are
 * refused with the sentence, and the pointer if there is one, in the .txt beside them.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"
#include "tests/api/files.h"
#include "tests/api/json_trees.h"
#include "tests/harness/tap.h"

static const struct json_limits limits = {.max_depth = 16, .max_values = 1000};

static void check_valid(const char *path)
{
    size_t length;
    char *text = file_read(path, &length);
    json_t *reference =
        json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, NULL);
    struct json_document document;
    bool read = json_document_read(&document, text, length, &limits);
    if (!tap_ok(read && json_trees_equal(&document, document.root, reference), "takes %s", path))
        tap_note("%s", document.detail);
    json_document_release(&document);
    json_decref(reference);
    free(text);
}

static void check_invalid(const char *path)
{
    char answer_path[512];
    snprintf(answer_path, sizeof(answer_path), "%.*s.txt", (int)(strlen(path) - 5), path);
    size_t length;
    size_t answer_length;
    char *text = file_read(path, &length);
    char *answer = file_read(answer_path, &answer_length);
    struct json_document document;
    json_document_read(&document, text, length, &limits);
    char got[600];
    snprintf(got, sizeof(got), "%s\n%s%s", document.detail, document.pointer,
             document.pointer[0] ? "\n" : "");
    tap_text(got, answer, "refuses %s", path);
    json_document_release(&document);
    free(answer);
    free(text);
}

int main(void)
{
    json_reader_setup();
    tap_ok(files_each("tests/data/json/valid", ".json", check_valid) > 10, "files to take");
    tap_ok(files_each("tests/data/json/invalid", ".json", check_invalid) > 25, "files to refuse");
    return tap_done();
}
