#!/usr/bin/env python3
"""scikit-learn's MLPClassifier, on the protocol of bench/train/work.h; works with softmax outputs.

    scikit_learn.py WORK float64|float32 THREADS
"""

import sys
import warnings

import numpy as np
from sklearn.neural_network import MLPClassifier

import works

WORK, ARRAYS = works.read(sys.argv[1])
INPUTS = ARRAYS[4].astype(sys.argv[2])
LABELS = ARRAYS[5].argmax(axis=1)
warnings.filterwarnings("ignore")  # that it has not converged after so few epochs

classifier = MLPClassifier(
    (WORK.hidden,),
    activation="logistic" if WORK.activation == "sigmoid" else WORK.activation,
    solver=WORK.optimizer,
    alpha=0,
    batch_size=WORK.batch,
    learning_rate_init=WORK.learning_rate,
    momentum=0,
    nesterovs_momentum=False,
    shuffle=False,
    tol=0,
    n_iter_no_change=sys.maxsize,
    warm_start=True,
    max_iter=1,
)


def fit(epochs):
    """One call, so that what fit() does once counts once; warm_start keeps the weights."""
    classifier.max_iter = epochs
    classifier.fit(INPUTS, LABELS)


def error():
    (w1, w2), (b1, b2) = classifier.coefs_, classifier.intercepts_
    return works.mean_error(WORK, [w1.T, b1, w2.T, b2], *ARRAYS[4:])


# A sample of each class is enough to make the arrays that the start weights go into.
classifier.fit(INPUTS[: 20 * WORK.outputs], LABELS[: 20 * WORK.outputs])
assert len(classifier.classes_) == WORK.outputs
start = [array.astype(sys.argv[2]) for array in ARRAYS[:4]]
classifier.coefs_ = [np.ascontiguousarray(start[0].T), np.ascontiguousarray(start[2].T)]
classifier.intercepts_ = [start[1], start[3]]
works.serve(WORK, fit, error, at_once=0.15)
