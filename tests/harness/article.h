#ifndef TESTS_HARNESS_ARTICLE_H
#define TESTS_HARNESS_ARTICLE_H

#include <stdbool.h>

#include "tests/harness/http.h"

/* The network of M. Mazur's "A Step by Step Backpropagation Example", and its only sample. */

/* The members of the body that creates the network, all but its name and the braces. */
#define ARTICLE_MEMBERS                                                                            \
    "'inputs': 2, 'layers': ["                                                                     \
    "{'units': 2, 'activation': 'sigmoid', 'bias': 'shared', "                                     \
    "'weights': [[0.15, 0.20], [0.25, 0.30]], 'biases': [0.35]}, "                                 \
    "{'units': 2, 'activation': 'sigmoid', 'bias': 'shared', "                                     \
    "'weights': [[0.40, 0.45], [0.50, 0.55]], 'biases': [0.60]}], "                                \
    "'frozen': ['layers.0.biases', 'layers.1.biases'], "                                           \
    "'loss': 'squared_error', "                                                                    \
    "'optimizer': {'type': 'sgd', 'learning_rate': 0.5}"

#define ARTICLE_SAMPLE "'inputs': [0.05, 0.10], 'targets': [0.01, 0.99]"

/* The same sample as a batch of one, as train takes it. */
#define ARTICLE_ROWS "'inputs': [[0.05, 0.10]], 'targets': [[0.01, 0.99]]"

/* Creates the network under this name. Returns whether that was answered with 201. */
bool article_create(struct http_client *client, const char *name);

#endif
