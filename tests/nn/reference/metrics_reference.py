#!/usr/bin/env python3
"""Writes what scikit-learn's metrics give into the tables of tests/nn/metrics_test.c, beside this
file: metrics_classes.inc and metrics_numbers.inc.

    /usr/bin/python3 tests/nn/reference/metrics_reference.py

Outputs, targets and weights are multiples of 1/64, drawn by a seed of their own.
"""
import os
import random
import warnings

import numpy
from sklearn import metrics

HERE = os.path.dirname(os.path.abspath(__file__))
warnings.simplefilter("ignore")  # of undefined scores: they are among the cases


def c_list(values):
    return "{" + ", ".join(repr(float(v)) for v in numpy.asarray(values).flatten()) + "}"


def one_hot(truth, columns):
    if columns == 1:
        return truth.reshape(-1, 1).astype(float)
    return numpy.eye(columns)[truth]


def draw(generator, rows, columns):
    return numpy.array([[generator.randint(0, 64) / 64 for _ in range(columns)]
                        for _ in range(rows)])


def class_row(name, columns, truth, outputs, weights=None, threshold=0.5):
    labels = list(range(2 if columns == 1 else columns))
    targets = one_hot(numpy.array(truth), columns)
    if columns == 1:
        chosen = (outputs[:, 0] >= threshold).astype(int)
    else:
        chosen = outputs.argmax(axis=1)
    scores = metrics.precision_recall_fscore_support(
        truth, chosen, labels=labels, sample_weight=weights, zero_division=0)
    return (f'{{"{name}", {columns}, {len(truth)}, {threshold!r}, {c_list(outputs)},\n'
            f" {c_list(targets)}, {c_list(weights if weights is not None else [])},"
            f" {'true' if weights is not None else 'false'},\n"
            f" {metrics.accuracy_score(truth, chosen, sample_weight=weights)!r},"
            f" {c_list(metrics.confusion_matrix(truth, chosen, labels=labels, sample_weight=weights))},\n"
            f" {c_list(scores[0])}, {c_list(scores[1])}, {c_list(scores[2])}}},\n")


def number_row(name, targets, outputs, weights=None):
    options = {"multioutput": "raw_values", "sample_weight": weights}
    return (f'{{"{name}", {targets.shape[1]}, {len(targets)}, {c_list(outputs)},\n'
            f" {c_list(targets)}, {c_list(weights if weights is not None else [])},"
            f" {'true' if weights is not None else 'false'},\n"
            f" {c_list(metrics.mean_absolute_error(targets, outputs, **options))},"
            f" {c_list(metrics.mean_squared_error(targets, outputs, squared=False, **options))},\n"
            f" {c_list(metrics.r2_score(targets, outputs, **options))}}},\n")


def main():
    generator = random.Random(5)
    weights = numpy.array([generator.randint(0, 64) / 64 for _ in range(12)])
    truth3 = [generator.randrange(3) for _ in range(12)]
    truth1 = [generator.randrange(2) for _ in range(12)]
    three, one = draw(generator, 12, 3), draw(generator, 12, 1)
    never = three.copy()
    never[:, 1] = -1  # class 1 is never chosen
    rows = [
        class_row("three classes", 3, truth3, three),
        class_row("with weights", 3, truth3, three, weights),
        class_row("a class that is never chosen", 3, truth3, never),
        class_row("a class that never occurs", 3, [2 * (t > 0) for t in truth3], three),
        class_row("one output", 1, truth1, one),
        class_row("another threshold", 1, truth1, one, threshold=0.25),
        class_row("of equals the first", 3, [0, 1, 2], numpy.full((3, 3), 0.5)),
        class_row("all right", 3, truth3, one_hot(numpy.array(truth3), 3)),
    ]
    with open(os.path.join(HERE, "metrics_classes.inc"), "w", encoding="utf-8") as out:
        out.write("/* By metrics_reference.py. */\n" + "".join(rows))

    targets, outputs = draw(generator, 12, 2), draw(generator, 12, 2)
    constant = targets.copy()
    constant[:, 0] = 0.25
    half_right = outputs.copy()
    half_right[:, 0] = 0.25
    rows = [
        number_row("two outputs", targets, outputs),
        number_row("with weights", targets, outputs, weights),
        number_row("all right", targets, targets),
        number_row("the same targets, missed", constant, outputs),
        number_row("the same targets, met", constant, half_right),
        number_row("far from 0", targets + 2**20, outputs + 2**20),
    ]
    with open(os.path.join(HERE, "metrics_numbers.inc"), "w", encoding="utf-8") as out:
        out.write("/* By metrics_reference.py. */\n" + "".join(rows))


main()
