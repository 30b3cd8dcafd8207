#ifndef API_LIST_QUERY_H
#define API_LIST_QUERY_H

#include "api/request.h"

/* Which page of a list by name a request asks for. */
struct list_query {
    const char *prefix; /* NULL: all */
    const char *cursor; /* the name after which the page begins; NULL: the first page */
    size_t limit;
};

/* Reads ?prefix=, ?limit= and ?cursor=. False with a problem. */
bool list_query_read(struct request *request, struct list_query *query);

/* Sets the answer's Link to the page after `cursor`. Names and prefixes need no escapes in a URL.
 */
void list_query_link(struct request *request, const struct list_query *query, const char *path,
                     const char *cursor);

#endif
