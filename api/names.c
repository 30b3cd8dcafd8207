#include "api/names.h"

#include <string.h>

#include "engine/snapshot.h"

static const char alphanumeric[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

const char name_rule[] = "1 to 128 of A-Z a-z 0-9 . _ -, of which the first is a letter or a digit";

bool name_is_valid(const char *text)
{
    size_t length = strlen(text);
    return length >= 1 && length <= NAME_MAX_LENGTH && strchr(alphanumeric, text[0]) &&
           strspn(text, allowed) == length;
}
