#ifndef API_DATASET_TEXT_H
#define API_DATASET_TEXT_H

#include "api/json_writer.h"
#include "engine/dataset.h"

/* How the engine keeps what the columns of a dataset are: as JSON. */
extern const struct dataset_codec dataset_text_codec;

/* What GET answers of a dataset: name, counts, columns with their ranges, classes, times. */
void encode_dataset(struct json_writer *w, const struct dataset *dataset);

/* The words of a column, in the order that they have as outputs. */
void encode_column_classes(struct json_writer *w, const struct dataset_column *column);

#endif
