#include "api/paging.h"

#include <string.h>

bool parse_digits(const char *text, size_t *number)
{
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length)
        return false;
    *number = 0;
    for (const char *digit = text; *digit; digit++)
        *number = *number * 10 + (size_t)(*digit - '0');
    return true;
}

void page_limit(struct request *request, size_t *limit)
{
    const char *text = request_query(request, "limit");
    *limit = PAGE_DEFAULT_LIMIT;
    if (text && (!parse_digits(text, limit) || *limit < 1 || *limit > PAGE_MAX_LIMIT))
        problem_add(&request->problem, "limit", "must be a whole number from 1 to %d",
                    PAGE_MAX_LIMIT);
}
