#ifndef API_WORD_LIST_H
#define API_WORD_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Different words, numbered from 0 on in the order in which they come first. All zero at first. */
struct word_list {
    char **words;
    size_t count;
    size_t *slots; /* of a table with open addressing: 1 + the word's number; 0: empty */
    size_t slot_count;
};

/* The number of a word, which is added where it is not there. SIZE_MAX when out of memory. */
size_t word_list_number(struct word_list *list, const char *text, size_t length);

void word_list_release(struct word_list *list);

#endif
