#include "api/utf8.h"

/* The well-formed sequences of more than one byte (The Unicode Standard, table 3-7). Bytes from the
 * third on are 0x80 to 0xbf. */
static const struct {
    unsigned char first_low, first_high;
    unsigned char second_low, second_high;
    size_t length;
} sequences[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
    {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
    {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_length(const char *text, const char *end)
{
    const unsigned char *byte = (const unsigned char *)text;
    size_t available = (size_t)(end - text);
    if (available == 0)
        return 0;
    if (byte[0] < 0x80)
        return 1;
    for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        if (byte[0] < sequences[i].first_low || byte[0] > sequences[i].first_high)
            continue;
        size_t length = sequences[i].length;
        if (available < length || byte[1] < sequences[i].second_low ||
            byte[1] > sequences[i].second_high)
            return 0;
        for (size_t k = 2; k < length; k++) {
            if ((byte[k] & 0xc0) != 0x80)
                return 0;
        }
        return length;
    }
    return 0;
}
