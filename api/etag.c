#include "api/etag.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/refusal.h"

void answer_etag_of(struct request *request, struct revision_tag tag)
{
    snprintf(request->answer.etag, sizeof(request->answer.etag), "\"%016" PRIx64 ".%" PRIu64 "\"",
             tag.creation_id, tag.revision);
}

void answer_etag(struct request *request, const struct snapshot *snapshot)
{
    answer_etag_of(request, (struct revision_tag){snapshot->creation_id, snapshot->revision});
}

/* The text between a tag's quotes: 16 hexadecimal digits, a dot, a revision; "-gzip" may follow
 * (the tag of a compressed answer). */
static bool parse_tag(const char *text, size_t length, struct revision_tag *out)
{
    static const char suffix[] = "-gzip";
    char copy[64];
    char *end;
    if (length >= sizeof(copy) || length < 18 || text[16] != '.')
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strspn(copy, "0123456789abcdef") != 16 || copy[17] < '0' || copy[17] > '9')
        return false;
    copy[16] = '\0';
    out->creation_id = strtoull(copy, NULL, 16);
    out->revision = strtoull(copy + 17, &end, 10);
    return *end == '\0' || strcmp(end, suffix) == 0;
}

/* One entry of the list: W/"…" or "…". Weak tags count only where comparison is weak. Returns where
 * it ends, or NULL when it is no entity tag. */
static const char *read_entry(const char *text, bool weak_too, struct tag_list *out)
{
    bool weak = strncmp(text, "W/", 2) == 0;
    if (weak)
        text += 2;
    if (*text != '"')
        return NULL;
    const char *end = strchr(text + 1, '"');
    struct revision_tag tag;
    if (!end)
        return NULL;
    if ((weak_too || !weak) && parse_tag(text + 1, (size_t)(end - text - 1), &tag)) {
        if (out->count == PRECONDITION_MAX_TAGS)
            return NULL;
        out->tags[out->count++] = tag;
    }
    return end + 1;
}

static bool read_list(const char *text, bool weak_too, struct tag_list *out)
{
    static const char blank[] = " \t,";
    *out = (struct tag_list){.given = text != NULL};
    if (!text)
        return true;
    text += strspn(text, blank);
    if (*text == '*') {
        out->any = true;
        return text[1 + strspn(text + 1, blank)] == '\0';
    }
    if (!*text)
        return false;
    while (*text) {
        text = read_entry(text, weak_too, out);
        if (!text)
            return false;
        text += strspn(text, blank);
    }
    return true;
}

bool request_preconditions(struct request *request, struct preconditions *out)
{
    const char *wrong = NULL;
    if (!read_list(request->if_match, false, &out->match))
        wrong = "If-Match";
    else if (!read_list(request->if_none_match, true, &out->none_match))
        wrong = "If-None-Match";
    if (!wrong)
        return true;
    problem_set(&request->problem, PROBLEM_MALFORMED_REQUEST,
                "%s must be * or a list of at most %d entity tags in double quotes.", wrong,
                PRECONDITION_MAX_TAGS);
    return false;
}

bool answer_by_preconditions(struct request *request, const struct preconditions *preconditions,
                             const struct snapshot *snapshot)
{
    answer_etag(request, snapshot);
    if (preconditions->match.given && !tags_name(&preconditions->match, snapshot)) {
        refuse_request(request, ENGINE_PRECONDITION);
        return true;
    }
    if (!preconditions->none_match.given || !tags_name(&preconditions->none_match, snapshot))
        return false;
    request->answer.status = 304;
    return true;
}
