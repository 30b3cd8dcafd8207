#include "api/word_list.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 16 };

/* FNV-1a */
static size_t hash(const char *text, size_t length)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return (size_t)hash;
}

/* The slot where a word is, or where it belongs. */
static size_t *find_slot(const struct word_list *list, const char *text, size_t length)
{
    size_t at = hash(text, length) % list->slot_count;
    while (list->slots[at]) {
        const char *word = list->words[list->slots[at] - 1];
        if (strlen(word) == length && memcmp(word, text, length) == 0)
            break;
        at = (at + 1) % list->slot_count;
    }
    return &list->slots[at];
}

/* Keeps the table at most half full. */
static bool grow(struct word_list *list)
{
    size_t slot_count = list->slot_count ? 2 * list->slot_count : FIRST_SLOTS;
    size_t *slots = calloc(slot_count, sizeof(*slots));
    char **words = reallocarray(list->words, slot_count / 2, sizeof(*words));
    if (words)
        list->words = words;
    if (!slots || !words) {
        free(slots);
        return false;
    }
    free(list->slots);
    list->slots = slots;
    list->slot_count = slot_count;
    for (size_t i = 0; i < list->count; i++)
        *find_slot(list, words[i], strlen(words[i])) = i + 1;
    return true;
}

size_t word_list_number(struct word_list *list, const char *text, size_t length)
{
    if (list->slot_count == 0 && !grow(list))
        return SIZE_MAX;
    size_t *slot = find_slot(list, text, length);
    if (*slot)
        return *slot - 1;
    if (2 * (list->count + 1) > list->slot_count) {
        if (!grow(list))
            return SIZE_MAX;
        slot = find_slot(list, text, length);
    }
    char *word = strndup(text, length);
    if (!word)
        return SIZE_MAX;
    list->words[list->count++] = word;
    *slot = list->count;
    return list->count - 1;
}

void word_list_release(struct word_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->words[i]);
    free(list->words);
    free(list->slots);
    *list = (struct word_list){0};
}
