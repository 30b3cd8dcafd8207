#include "api/dataset_text.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/timestamp.h"

static const char *const role_names[COLUMN_ROLE_COUNT] = {"input", "target", "weight"};

/* Writing ------------------------------------------------------------------------------ */

/* The squares of huge values leave the finite numbers: such a figure is null. */
static void encode_figure(struct json_writer *w, const char *key, double value)
{
    json_key(w, key);
    if (isfinite(value))
        json_number(w, value);
    else
        json_nil(w);
}

/* The words in the order of their codes, or of their places. */
static void encode_words(struct json_writer *w, const struct dataset_column *column, bool by_code)
{
    const char **words = calloc(column->class_count, sizeof(*words));
    if (!words) {
        w->failed = true;
        return;
    }
    for (size_t c = 0; c < column->class_count; c++)
        words[by_code ? c : column->places[c]] = column->classes[c];
    json_array_begin(w);
    for (size_t c = 0; c < column->class_count; c++)
        json_text(w, words[c]);
    json_array_end(w);
    free(words);
}

void encode_column_classes(struct json_writer *w, const struct dataset_column *column)
{
    encode_words(w, column, false);
}

static void encode_column(struct json_writer *w, const struct dataset_column *column, bool by_code)
{
    json_object_begin(w);
    json_key(w, "name");
    json_text(w, column->name);
    json_key(w, "role");
    json_text(w, role_names[column->role]);
    if (column->class_count) {
        json_key(w, "classes");
        encode_words(w, column, by_code);
    } else {
        encode_figure(w, "mean", column->mean);
        encode_figure(w, "deviation", column->deviation);
        encode_figure(w, "min", column->low);
        encode_figure(w, "max", column->high);
    }
    json_object_end(w);
}

static void encode_columns(struct json_writer *w, const struct dataset *dataset, bool by_code)
{
    json_array_begin(w);
    for (size_t i = 0; i < dataset->column_count; i++)
        encode_column(w, &dataset->columns[i], by_code);
    json_array_end(w);
}

static void encode_time(struct json_writer *w, const char *key, int64_t time)
{
    char text[TIMESTAMP_SIZE];
    json_key(w, key);
    json_text(w, timestamp_write(time, text));
}

void encode_dataset(struct json_writer *w, const struct dataset *dataset)
{
    json_object_begin(w);
    json_key(w, "name");
    json_text(w, dataset->row.name);
    json_key(w, "samples");
    json_unsigned(w, dataset->row.rows);
    json_key(w, "inputs");
    json_unsigned(w, dataset_inputs(dataset));
    json_key(w, "targets");
    json_unsigned(w, dataset_outputs(dataset));
    json_key(w, "columns");
    encode_columns(w, dataset, false);
    if (dataset_classes(dataset)) {
        json_key(w, "classes");
        encode_column_classes(w, dataset_classes(dataset));
    }
    encode_time(w, "created_at", dataset->row.created_at);
    encode_time(w, "updated_at", dataset->row.updated_at);
    json_object_end(w);
}

/* The store's text ---------------------------------------------------------------------- */

static char *encode(const struct dataset *dataset)
{
    struct json_writer w;
    json_writer_init(&w);
    encode_columns(&w, dataset, true);
    char *text = w.failed ? NULL : strndup(w.data, w.length);
    json_writer_release(&w);
    return text;
}

static bool decode_role(const json_t *value, enum column_role *role)
{
    for (int i = 0; json_is_string(value) && i < COLUMN_ROLE_COUNT; i++) {
        if (strcmp(json_string_value(value), role_names[i]) == 0) {
            *role = (enum column_role)i;
            return true;
        }
    }
    return false;
}

static double decode_figure(const json_t *column, const char *key)
{
    const json_t *value = json_object_get(column, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static bool decode_words(const json_t *array, struct dataset_column *column)
{
    size_t count = json_array_size(array);
    const char **words = calloc(count ? count : 1, sizeof(*words));
    bool good = words && count > 0;
    for (size_t c = 0; c < count && good; c++) {
        words[c] = json_string_value(json_array_get(array, c));
        good = words[c] != NULL;
    }
    good = good && dataset_column_set_classes(column, words, count);
    free(words);
    return good;
}

static bool decode_column(const json_t *value, struct dataset_column *column)
{
    const char *name = json_string_value(json_object_get(value, "name"));
    const json_t *classes = json_object_get(value, "classes");
    if (!name || !decode_role(json_object_get(value, "role"), &column->role) ||
        !dataset_column_set_name(column, name))
        return false;
    column->mean = decode_figure(value, "mean");
    column->deviation = decode_figure(value, "deviation");
    column->low = decode_figure(value, "min");
    column->high = decode_figure(value, "max");
    return !classes || decode_words(classes, column);
}

static bool decode(const char *text, struct dataset *dataset)
{
    json_t *array = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_is_array(array) && dataset_set_columns(dataset, json_array_size(array));
    for (size_t i = 0; good && i < dataset->column_count; i++)
        good = decode_column(json_array_get(array, i), &dataset->columns[i]);
    json_decref(array);
    return good;
}

const struct dataset_codec dataset_text_codec = {encode, decode};
