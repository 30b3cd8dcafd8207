#ifndef SERVER_PAGES_H
#define SERVER_PAGES_H

#include "api/request.h"

/* What the server answers by itself. */

enum handled handle_index(struct request *request);        /* GET / */
enum handled handle_openapi_yaml(struct request *request); /* GET /openapi.yaml */
enum handled handle_openapi_json(struct request *request); /* GET /openapi.json */
enum handled handle_alive(struct request *request);        /* GET /livez: the process answers */
enum handled handle_ready(struct request *request);        /* GET /readyz: it takes changes too */
enum handled handle_options(struct request *request);      /* OPTIONS of any resource */

#endif
