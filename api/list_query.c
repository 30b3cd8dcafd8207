#include "api/list_query.h"

#include <stdio.h>

#include "api/names.h"
#include "api/paging.h"

bool list_query_read(struct request *request, struct list_query *query)
{
    query->prefix = request_query(request, "prefix");
    query->cursor = request_query(request, "cursor");
    page_limit(request, &query->limit);
    if (query->cursor && !name_is_valid(query->cursor))
        problem_add(&request->problem, "cursor", "must be the next_cursor of an answer");
    if (query->prefix && *query->prefix && !name_is_valid(query->prefix))
        problem_add(&request->problem, "prefix", "must begin a name: %s", name_rule);
    return request->problem.kind == PROBLEM_NONE;
}

void list_query_link(struct request *request, const struct list_query *query, const char *path,
                     const char *cursor)
{
    const char *prefix = query->prefix ? query->prefix : "";
    snprintf(request->answer.link, sizeof(request->answer.link),
             "<%s?limit=%zu&cursor=%s%s%s>; rel=\"next\"", path, query->limit, cursor,
             *prefix ? "&prefix=" : "", prefix);
}
