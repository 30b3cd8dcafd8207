#ifndef API_SCALING_H
#define API_SCALING_H

#include "api/decoder.h"
#include "api/json_writer.h"
#include "engine/dataset.h"
#include "nn/network.h"

/* Decodes {"offset": [...], "scale": [...]} of `columns` numbers each; a member that is not given
 * stays as it is, and is required where there is none. Or {"dataset": name, "method": ...}, which
 * takes them from the dataset's columns of that role; on worker threads. columns 0: unknown,
 * because of a fault elsewhere; then only what is wrong anyway is found. */
void decode_scaling(struct decoder *decoder, const json_t *value, size_t columns,
                    enum column_role role, struct scaling *scaling);

/* Applies a merge patch: null takes the scaling away. */
void patch_scaling(struct decoder *decoder, const json_t *value, size_t columns,
                   enum column_role role, struct scaling *scaling);

void encode_scaling(struct json_writer *w, const struct scaling *scaling, size_t columns);

#endif
