#ifndef SERVER_ASSETS_H
#define SERVER_ASSETS_H

#include <stddef.h>

/* Files that are part of the program (server/assets.S). */
struct asset {
    const char *data; /* a zero byte follows it */
    size_t size;
};

extern const struct asset asset_index_html;
extern const struct asset asset_openapi_yaml;
extern const struct asset asset_openapi_json;

#endif
