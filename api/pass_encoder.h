#ifndef API_PASS_ENCODER_H
#define API_PASS_ENCODER_H

#include "api/json_writer.h"
#include "api/samples_body.h"
#include "engine/snapshot.h"

/* "network" and "revision", into an object that is open. */
void encode_identity(struct json_writer *w, const struct snapshot *snapshot);

/* "outputs" and, where there are targets, "errors", "total_error", "mean_error": vectors for a
 * vector, arrays of vectors for a batch. */
void encode_outcome(struct json_writer *w, const struct samples_body *body,
                    const struct network *net, const struct outcome *outcome);

/* "class": the name that each sample's outputs choose. */
void encode_class(struct json_writer *w, const struct samples_body *body,
                  const struct definition *definition, const double *outputs);

/* "trace": [{"net": …, "out": …}] layer by layer, of all samples that `pass` holds. */
void encode_trace(struct json_writer *w, const struct samples_body *body, const struct network *net,
                  const struct pass *pass);

/* "deltas", likewise. */
void encode_deltas(struct json_writer *w, const struct samples_body *body,
                   const struct network *net, const struct pass *pass);

#endif
