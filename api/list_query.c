#include "api/list_query.h"

#include <stdio.h>

#include "api/names.h"

enum { LIST_DEFAULT_LIMIT = 50, LIST_MAX_LIMIT = 500 };

/* A whole number from 1 to LIST_MAX_LIMIT in plain digits. */
static bool parse_limit(const char *text, size_t *limit)
{
    *limit = 0;
    for (const char *digit = text; *digit; digit++) {
        if (*digit < '0' || *digit > '9' || digit - text >= 3)
            return false;
        *limit = *limit * 10 + (size_t)(*digit - '0');
    }
    return *limit >= 1 && *limit <= LIST_MAX_LIMIT;
}

bool list_query_read(struct request *request, struct list_query *query)
{
    const char *limit = request_query(request, "limit");
    query->limit = LIST_DEFAULT_LIMIT;
    query->prefix = request_query(request, "prefix");
    query->cursor = request_query(request, "cursor");
    if (limit && !parse_limit(limit, &query->limit))
        problem_add(&request->problem, "limit", "must be a whole number from 1 to %d",
                    LIST_MAX_LIMIT);
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
