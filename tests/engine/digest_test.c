#include "engine/digest.h"

#include <stdio.h>
#include <string.h>

#include "tests/harness/tap.h"

/* The first three: NIST's examples for SHA-256. The last: sha256sum of 119 times "a". */
static const struct {
    const char *text;
    const char *digest;
} rows[] = {
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaa"
     "aaaaaaaaaaaaaaaaaaaaaaa",
     "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
};

static void check(const char *text, size_t step, const char *expected)
{
    struct digest digest;
    unsigned char bytes[DIGEST_SIZE];
    char hex[2 * DIGEST_SIZE + 1];
    digest_init(&digest);
    for (size_t at = 0; at < strlen(text); at += step)
        digest_add(&digest, text + at, strlen(text) - at < step ? strlen(text) - at : step);
    digest_finish(&digest, bytes);
    for (int i = 0; i < DIGEST_SIZE; i++)
        sprintf(hex + 2 * i, "%02x", bytes[i]);
    tap_text(hex, expected, "%zu bytes, %zu at a time", strlen(text), step);
}

int main(void)
{
    static const size_t steps[] = {1, 7, 64, 1000};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++)
            check(rows[i].text, steps[k], rows[i].digest);
    }
    return tap_done();
}
