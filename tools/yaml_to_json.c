/*
 * yaml_to_json <DOCUMENT.yaml >DOCUMENT.json: one YAML document as compact JSON, keys in order.
 *
 * A plain scalar is null (also `~` and nothing at all), true, false, a number in JSON's own
 * spelling, or else a string; a quoted or block scalar is a string. Numbers are kept to the letter,
 * but for the `.0` of 1.0e-8: without a point YAML 1.1 takes it for a string, and in JSON the
 * service writes 1e-8.
 * Refused, with its line: a key that is not a scalar or comes twice, a tag that a reader could
 * need (libyaml does not show `!!str`), a cycle of aliases.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <yaml.h>

#define DEPTH_LIMIT 100 /* containers within one another; an alias that holds itself exceeds it */

static void write_node(yaml_document_t *document, yaml_node_t *node, int depth);

__attribute__((format(printf, 2, 3), noreturn)) static void fail(size_t line, const char *format,
                                                                 ...)
{
    va_list arguments;
    fprintf(stderr, "yaml_to_json: line %zu: ", line + 1);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static const char *skip_digits(const char *text)
{
    while (isdigit((unsigned char)*text))
        text++;
    return text;
}

/* RFC 8259, section 6: an optional minus, digits without a leading zero, fraction, exponent. */
static bool is_number(const char *text)
{
    text += *text == '-';
    const char *end = *text == '0' ? text + 1 : skip_digits(text);
    if (end == text)
        return false;
    if (*end == '.') {
        text = end + 1;
        end = skip_digits(text);
        if (end == text)
            return false;
    }
    if (*end == 'e' || *end == 'E') {
        text = end + 1;
        text += *text == '-' || *text == '+';
        end = skip_digits(text);
        if (end == text)
            return false;
    }
    return *end == '\0';
}

static void write_string(const yaml_node_t *node)
{
    json_t *string = json_stringn((const char *)node->data.scalar.value, node->data.scalar.length);
    if (!string || json_dumpf(string, stdout, JSON_ENCODE_ANY) != 0)
        fail(node->start_mark.line, "a string that JSON cannot hold");
    json_decref(string);
}

static void write_number(const char *text)
{
    const char *exponent = strpbrk(text, "eE");
    size_t before = exponent ? (size_t)(exponent - text) : 0;
    if (before > 2 && memcmp(exponent - 2, ".0", 2) == 0)
        printf("%.*s%s", (int)before - 2, text, exponent);
    else
        fputs(text, stdout);
}

static void write_scalar(const yaml_node_t *node)
{
    const char *text = (const char *)node->data.scalar.value;
    if (node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        write_string(node);
    else if (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0)
        fputs("null", stdout);
    else if (is_number(text))
        write_number(text);
    else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        fputs(text, stdout);
    else
        write_string(node);
}

static void write_sequence(yaml_document_t *document, const yaml_node_t *node, int depth)
{
    char separator = '[';
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        putchar(separator);
        write_node(document, yaml_document_get_node(document, *item), depth);
        separator = ',';
    }
    fputs(separator == '[' ? "[]" : "]", stdout);
}

static bool same_scalar(const yaml_node_t *a, const yaml_node_t *b)
{
    return a->data.scalar.length == b->data.scalar.length &&
           memcmp(a->data.scalar.value, b->data.scalar.value, a->data.scalar.length) == 0;
}

static void check_key(yaml_document_t *document, const yaml_node_t *node,
                      const yaml_node_pair_t *pair)
{
    const yaml_node_t *key = yaml_document_get_node(document, pair->key);
    if (key->type != YAML_SCALAR_NODE)
        fail(key->start_mark.line, "a key that is not a scalar");
    for (yaml_node_pair_t *before = node->data.mapping.pairs.start; before < pair; before++)
        if (same_scalar(yaml_document_get_node(document, before->key), key))
            fail(key->start_mark.line, "the key %s comes twice", key->data.scalar.value);
}

static void write_mapping(yaml_document_t *document, const yaml_node_t *node, int depth)
{
    char separator = '{';
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        check_key(document, node, pair);
        putchar(separator);
        write_string(yaml_document_get_node(document, pair->key));
        putchar(':');
        write_node(document, yaml_document_get_node(document, pair->value), depth);
        separator = ',';
    }
    fputs(separator == '{' ? "{}" : "}", stdout);
}

static bool has_default_tag(const yaml_node_t *node)
{
    static const char *const tags[] = {
        [YAML_SCALAR_NODE] = YAML_DEFAULT_SCALAR_TAG,
        [YAML_SEQUENCE_NODE] = YAML_DEFAULT_SEQUENCE_TAG,
        [YAML_MAPPING_NODE] = YAML_DEFAULT_MAPPING_TAG,
    };
    return strcmp((const char *)node->tag, tags[node->type]) == 0;
}

static void write_node(yaml_document_t *document, yaml_node_t *node, int depth)
{
    if (!has_default_tag(node))
        fail(node->start_mark.line, "the tag %s", node->tag);
    if (depth == DEPTH_LIMIT)
        fail(node->start_mark.line, "nested more than %d deep", DEPTH_LIMIT);
    if (node->type == YAML_SCALAR_NODE)
        write_scalar(node);
    else if (node->type == YAML_SEQUENCE_NODE)
        write_sequence(document, node, depth + 1);
    else
        write_mapping(document, node, depth + 1);
}

int main(void)
{
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        fail(0, "out of memory");
    yaml_parser_set_input_file(&parser, stdin);
    if (!yaml_parser_load(&parser, &document))
        fail(parser.problem_mark.line, "%s", parser.problem ? parser.problem : "cannot be read");
    yaml_node_t *root = yaml_document_get_root_node(&document);
    if (!root)
        fail(0, "no document");
    write_node(&document, root, 0);
    putchar('\n');
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
