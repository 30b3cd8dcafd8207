#include "server/media.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static const char blanks[] = " \t";

/* A piece of a header, without the blanks around it. */
struct piece {
    const char *text;
    size_t length;
};

static struct piece piece_trim(const char *text, size_t length)
{
    while (length > 0 && strchr(blanks, text[0])) {
        text++;
        length--;
    }
    while (length > 0 && strchr(blanks, text[length - 1]))
        length--;
    return (struct piece){text, length};
}

static bool piece_is(struct piece piece, const char *word)
{
    return piece.length == strlen(word) && strncasecmp(piece.text, word, piece.length) == 0;
}

/* Whether a parameter "name=value" is not a charset, or is UTF-8. */
static bool parameter_accepted(struct piece parameter)
{
    static const char charset[] = "charset=";
    size_t skip = strlen(charset);
    if (parameter.length < skip || strncasecmp(parameter.text, charset, skip) != 0)
        return true;
    struct piece value = piece_trim(parameter.text + skip, parameter.length - skip);
    if (value.length >= 2 && value.text[0] == '"' && value.text[value.length - 1] == '"')
        value = (struct piece){value.text + 1, value.length - 2};
    return piece_is(value, "utf-8") || piece_is(value, "utf8");
}

static bool parameters_accepted(const char *text)
{
    while (*text) {
        text++; /* the semicolon */
        size_t length = strcspn(text, ";");
        if (!parameter_accepted(piece_trim(text, length)))
            return false;
        text += length;
    }
    return true;
}

bool media_type_accepted(enum body_kind kind, const char *content_type, bool has_origin)
{
    if (kind == BODY_NONE)
        return true;
    if (!content_type)
        return !has_origin;
    size_t length = strcspn(content_type, ";");
    struct piece type = piece_trim(content_type, length);
    bool named = piece_is(type, "application/json") ||
                 (kind == BODY_MERGE_PATCH && piece_is(type, "application/merge-patch+json")) ||
                 (kind == BODY_DATASET && piece_is(type, "text/csv")) ||
                 (!has_origin && piece_is(type, "application/x-www-form-urlencoded"));
    return named && parameters_accepted(content_type + length);
}

const char *media_types_taken(enum body_kind kind)
{
    if (kind == BODY_DATASET)
        return "text/csv or application/json";
    return kind == BODY_MERGE_PATCH ? "application/merge-patch+json or application/json"
                                    : "application/json";
}

/* How closely a media range covers a type: 3 by its name, 2 by its first half, 1 as anything, 0 not
 * at all. */
static int range_closeness(struct piece range, const char *type)
{
    size_t half = strcspn(type, "/") + 1;
    if (piece_is(range, type))
        return 3;
    if (range.length == half + 1 && range.text[half] == '*' &&
        strncasecmp(range.text, type, half) == 0)
        return 2;
    return piece_is(range, "*/*");
}

/* Whether a media range's parameters say that it is not wanted: q=0, q=0.0, ... */
static bool parameters_refuse(const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        text++; /* the semicolon */
        size_t part = strcspn(text, ";,");
        struct piece piece = piece_trim(text, part);
        if (piece.length >= 3 && strncasecmp(piece.text, "q=0", 3) == 0 &&
            strspn(piece.text + 3, ".0") >= piece.length - 3)
            return true;
        text += part;
    }
    return false;
}

bool media_type_acceptable(const char *accept, const char *type)
{
    if (!accept || !*accept)
        return true;
    int closest = 0;
    bool acceptable = false;
    while (*accept) {
        size_t length = strcspn(accept, ",");
        size_t name_length = strcspn(accept, ",;");
        int closeness = range_closeness(piece_trim(accept, name_length), type);
        if (closeness > closest) {
            closest = closeness;
            acceptable = !parameters_refuse(accept + name_length, length - name_length);
        }
        accept += length + (accept[length] == ',');
    }
    return acceptable;
}

bool media_encoding_accepted(const char *content_encoding)
{
    return !content_encoding ||
           piece_is(piece_trim(content_encoding, strlen(content_encoding)), "identity");
}
