#include "api/metadata.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { METADATA_MAX_LENGTH = 16384 };

char *decode_metadata(struct decoder *decoder, const json_t *value)
{
    if (!json_is_object(value)) {
        decode_wrong_type(decoder, value, "an object of strings");
        return NULL;
    }
    bool good = true;
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        if (json_is_string(member) && !json_document_numbers(&decoder->document, member))
            continue;
        size_t mark = decode_enter(decoder, key);
        decode_wrong_type(decoder, member, "a string");
        decode_leave(decoder, mark);
        good = false;
    }
    if (!good || json_object_size(value) == 0)
        return NULL;
    char *text = json_dumps(value, JSON_COMPACT);
    if (!text)
        problem_set(decoder->problem, PROBLEM_UNAVAILABLE, "The service has no memory left.");
    else if (strlen(text) > METADATA_MAX_LENGTH)
        decode_fault(decoder, "must have at most %d bytes as JSON", METADATA_MAX_LENGTH);
    else
        return text;
    free(text);
    return NULL;
}

char *merge_metadata(struct decoder *decoder, const char *text, const json_t *patch)
{
    if (json_is_null(patch))
        return NULL;
    if (!json_is_object(patch)) {
        decode_wrong_type(decoder, patch, "an object of strings and nulls");
        return NULL;
    }
    json_auto_t *merged = text ? json_loads(text, 0, NULL) : json_object();
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)patch, key, value)
    {
        if (json_is_null(value))
            json_object_del(merged, key);
        else
            json_object_set(merged, key, value);
    }
    return decode_metadata(decoder, merged);
}
