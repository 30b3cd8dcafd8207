#include "api/json_place_holder.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { NONCE_LENGTH = 16, INDEX_LENGTH = JSON_PLACE_HOLDER_LENGTH - NONCE_LENGTH };

static char nonce[] = "0000000000000000"; /* written by json_place_holder_setup() alone */

static void write_hex(uint64_t value, size_t length, char *out)
{
    while (length-- > 0) {
        out[length] = "0123456789abcdef"[value % 16];
        value /= 16;
    }
}

void json_place_holder_setup(void)
{
    uint64_t bits;
    if (getrandom(&bits, sizeof(bits), 0) != sizeof(bits))
        abort(); /* no kernel that this runs on refuses eight bytes */
    write_hex(bits, NONCE_LENGTH, nonce);
}

void json_place_holder_write(size_t index, char *out)
{
    memcpy(out, nonce, NONCE_LENGTH);
    write_hex(index, INDEX_LENGTH, out + NONCE_LENGTH);
}

bool json_place_holder_read(const char *text, size_t length, size_t *index)
{
    if (length != JSON_PLACE_HOLDER_LENGTH || memcmp(text, nonce, NONCE_LENGTH) != 0)
        return false;
    *index = strtoul(text + NONCE_LENGTH, NULL, 16);
    return true;
}
