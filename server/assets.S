/*
 * The embedded files of server/assets.h: each a `struct asset` (where it begins, its size)
 * beside the bytes themselves. A zero byte follows each file; it is not counted in its size.
 */
#if __SIZEOF_POINTER__ == 8
#define WORD .quad
#else
#define WORD .long
#endif

/* The pointer is filled in when the program is loaded (PIE), so the struct is in .data.rel.ro. */
#define ASSET(name, path)             \
    .section .rodata;                 \
name##_begin:                         \
    .incbin path;                     \
name##_end:                           \
    .byte 0;                          \
    .section .data.rel.ro, "aw";      \
    .balign __SIZEOF_POINTER__;       \
    .globl name;                      \
    .type name, %object;              \
    .size name, 2*__SIZEOF_POINTER__; \
name:                                 \
    WORD name##_begin;                \
    WORD name##_end - name##_begin

ASSET(asset_index_html, "web/index.html")
ASSET(asset_openapi_yaml, "openapi.yaml")
ASSET(asset_openapi_json, OPENAPI_JSON)

    /* Without this note the linker makes the stack executable. */
    .section .note.GNU-stack, "", %progbits
