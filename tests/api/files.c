#include "tests/api/files.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *file_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t capacity = 0;
    ssize_t got = file ? getdelim(&text, &capacity, EOF, file) : -1; /* EOF is no byte: all of it */
    if (got < 0) {
        perror(path);
        exit(2);
    }
    fclose(file);
    *length = (size_t)got;
    return text;
}

int files_each(const char *folder, const char *suffix, void (*use)(const char *path))
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    int used = 0;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);
        if (length > strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0) {
            char path[512];
            snprintf(path, sizeof(path), "%s/%s", folder, name);
            use(path);
            used++;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return used;
}
