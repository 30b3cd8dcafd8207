/* Which bodies are taken. */
#include "server/media.h"
#include "tests/harness/tap.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct media_case {
    enum body_kind kind;
    const char *type;
    bool accepted;
    bool accepted_with_origin;
} media_cases[] = {
    {BODY_JSON, "application/json", true, true},
    {BODY_JSON, "Application/JSON", true, true},
    {BODY_JSON, "application/json; charset=utf-8", true, true},
    {BODY_JSON, "application/json;charset=\"UTF-8\"", true, true},
    {BODY_JSON, "application/json ; a=b ; charset=utf8", true, true},
    {BODY_JSON, "application/json; charset=latin1", false, false},
    {BODY_JSON, "application/json; a=b; charset=utf-16", false, false},
    {BODY_JSON, NULL, true, false},
    {BODY_JSON, "application/x-www-form-urlencoded", true, false},
    {BODY_JSON, "", false, false},
    {BODY_JSON, "text/plain", false, false},
    {BODY_JSON, "text/json", false, false},
    {BODY_JSON, "application/jsonp", false, false},
    {BODY_JSON, "application/json, text/plain", false, false},
    {BODY_JSON, "application/merge-patch+json", false, false},
    {BODY_MERGE_PATCH, "application/merge-patch+json", true, true},
    {BODY_MERGE_PATCH, "application/json", true, true},
    {BODY_MERGE_PATCH, NULL, true, false},
    {BODY_NONE, "text/plain", true, true},
    {BODY_DATASET, "text/csv", true, true},
    {BODY_DATASET, "text/csv; charset=utf-8; header=present", true, true},
    {BODY_DATASET, "text/csv; charset=latin1", false, false},
    {BODY_DATASET, "application/json", true, true},
    {BODY_DATASET, "application/x-www-form-urlencoded", true, false},
    {BODY_DATASET, NULL, true, false},
    {BODY_JSON, "text/csv", false, false},
};

static void test_media(void)
{
    for (size_t i = 0; i < COUNT(media_cases); i++) {
        const struct media_case *row = &media_cases[i];
        const char *name = row->type ? row->type : "no type";
        tap_ok(media_type_accepted(row->kind, row->type, false) == row->accepted, "%s is %s", name,
               row->accepted ? "taken" : "refused");
        tap_ok(media_type_accepted(row->kind, row->type, true) == row->accepted_with_origin,
               "%s of a web page is %s", name, row->accepted_with_origin ? "taken" : "refused");
    }
    tap_ok(media_encoding_accepted(NULL) && media_encoding_accepted(" Identity "),
           "a body that is not encoded is taken");
    tap_ok(!media_encoding_accepted("gzip") && !media_encoding_accepted("identity, gzip"),
           "an encoded body is refused");
}

static const struct accept_case {
    const char *accept;
    bool acceptable; /* of application/json */
} accept_cases[] = {
    {NULL, true},
    {"", true},
    {"*/*", true},
    {"application/*", true},
    {"application/json", true},
    {"Application/JSON;charset=utf-8", true},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true},
    {"text/csv, application/json;q=0.5", true},
    {"text/csv , */* ; q=0.001", true},
    {"text/csv", false},
    {"text/*", false},
    {"app/*", false},
    {"application/jsonp", false},
    {"application/problem+json", false},
    {"*/*;q=0", false},
    {"*/*; q=0.000, text/csv", false},
    {"*/*, application/json;q=0", false},
    {"application/json;q=0, */*", false},
    {"application/*;q=0.0, */*", false},
    {"application/json;a=b;q=0", false},
    {"application/*;q=0, application/json", true},
};

static void test_accept(void)
{
    for (size_t i = 0; i < COUNT(accept_cases); i++)
        tap_ok(media_type_acceptable(accept_cases[i].accept, "application/json") ==
                   accept_cases[i].acceptable,
               "JSON is %s by Accept: %s", accept_cases[i].acceptable ? "acceptable" : "refused",
               accept_cases[i].accept ? accept_cases[i].accept : "(none)");
}

int main(void)
{
    test_media();
    test_accept();
    return tap_done();
}
