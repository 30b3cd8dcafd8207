#ifndef API_HANDLERS_H
#define API_HANDLERS_H

#include "api/request.h"

/*
 * The resources' handlers, for the server's table of routes. Each runs on an event thread and never
 * blocks there: what needs I/O or much work offloads itself.
 */

/* service.c */
enum handled handle_service(struct request *request);      /* GET /v1 */
enum handled handle_not_built(struct request *request);    /* 501 */
enum handled handle_problem_page(struct request *request); /* GET /problems/{slug} */

/* networks.c */
enum handled handle_network_create(struct request *request);
enum handled handle_network_list(struct request *request);
enum handled handle_network_get(struct request *request);
enum handled handle_network_put(struct request *request);
enum handled handle_network_patch(struct request *request);
enum handled handle_network_delete(struct request *request);

/* parameters.c */
enum handled handle_parameters_get(struct request *request);
enum handled handle_parameters_put(struct request *request);
enum handled handle_reset(struct request *request);

/* passes.c */
enum handled handle_forward(struct request *request);
enum handled handle_gradients(struct request *request);
enum handled handle_step(struct request *request);

/* evaluate.c */
enum handled handle_evaluate(struct request *request);

/* datasets.c */
enum handled handle_dataset_list(struct request *request);
enum handled handle_dataset_get(struct request *request);
enum handled handle_dataset_put(struct request *request);
enum handled handle_dataset_delete(struct request *request);
enum handled handle_dataset_rows(struct request *request);
extern const struct body_stream dataset_stream; /* of PUT's text/csv */

/* train.c */
enum handled handle_train(struct request *request);

/* runs.c */
enum handled
handle_run_list(struct request *request); /* all, or those of the network in the path */
enum handled handle_run_get(struct request *request);
enum handled handle_run_delete(struct request *request);
enum handled handle_run_history(struct request *request);
enum handled handle_run_parameters(struct request *request);
enum handled handle_run_cancel(struct request *request);

/* checkpoints.c */
enum handled handle_checkpoint_create(struct request *request);
enum handled handle_checkpoint_list(struct request *request);
enum handled handle_checkpoint_get(struct request *request);
enum handled handle_checkpoint_restore(struct request *request);
enum handled handle_checkpoint_delete(struct request *request);

/* export.c, import.c */
enum handled handle_export(struct request *request);
enum handled handle_import(struct request *request);

/* run_events.c, all_events.c */
enum handled handle_run_events(struct request *request);
enum handled handle_all_events(struct request *request);

#endif
