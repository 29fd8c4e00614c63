"""The other methods of bench/anomalies/run.ts, on scikit-learn (Debian's python3-sklearn).

Reads one table per line of standard input, as JSON: the rows and the labels as files of float32 and of bytes,
and the numbers of rows and columns. Answers each with a line of JSON: its scores, and the seconds it took.
"""

import json
import sys
import time

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.neighbors import NearestNeighbors

SEEDS = 3


def isolation_forest(x, seed):
    return -IsolationForest(random_state=seed).fit(x).score_samples(x)


def standard(x):
    deviation = x.std(0)
    return np.where(deviation > 1e-12, (x - x.mean(0)) / np.where(deviation > 0, deviation, 1), 0)


def neighbours(x, _):
    """The mean distance to the five nearest other rows, with standardised columns."""
    z = standard(x)
    return NearestNeighbors(n_neighbors=6).fit(z).kneighbors(z)[0][:, 1:].mean(1)


def ecod(x, _):
    """Li et al. 2022, https://arxiv.org/abs/2201.00382: tail probabilities per column, chosen by its skewness."""
    n = len(x)
    ordered = np.sort(x, 0)
    left, right = np.empty_like(x), np.empty_like(x)
    for j in range(x.shape[1]):
        left[:, j] = -np.log(np.searchsorted(ordered[:, j], x[:, j], "right") / n)
        right[:, j] = -np.log((n - np.searchsorted(ordered[:, j], x[:, j], "left")) / n)
    skew = np.sign(((x - x.mean(0)) ** 3).mean(0))
    by_skew = np.where(skew < 0, left, np.where(skew > 0, right, left + right))
    return np.maximum(np.maximum(left.sum(1), right.sum(1)), by_skew.sum(1))


def axes(x):
    z = standard(x)
    variances, directions = np.linalg.eigh(np.cov(z.T).reshape(x.shape[1], -1))
    return z, variances, directions


def pca(x, _):
    """The squared error of a row when a tenth of the principal components reconstruct it."""
    z, _, directions = axes(x)
    main = directions[:, -max(1, round(x.shape[1] / 10)) :]
    return ((z - z @ main @ main.T) ** 2).sum(1)


def mahalanobis(x, _):
    z, variances, directions = axes(x)
    return ((z @ directions) ** 2 / (variances + 1e-3 * variances.mean())).sum(1)


METHODS = {
    "IsolationForest": isolation_forest,
    "kNN": neighbours,
    "ECOD": ecod,
    "PCA": pca,
    "Mahalanobis": mahalanobis,
}

for line in sys.stdin:
    table = json.loads(line)
    x = np.fromfile(table["x"], "<f4").reshape(table["rows"], table["width"]).astype(float)
    y = np.fromfile(table["y"], "u1")
    answer = {}
    for name, method in METHODS.items():
        auroc, precision, seconds = [], [], []
        for seed in range(SEEDS if method is isolation_forest else 1):
            start = time.perf_counter()
            scores = method(x, seed)
            seconds.append(time.perf_counter() - start)
            auroc.append(roc_auc_score(y, scores))
            precision.append(average_precision_score(y, scores))
        answer[name] = {
            "auroc": float(np.mean(auroc)),
            "precision": float(np.mean(precision)),
            "seconds": float(np.mean(seconds)),
        }
    print(json.dumps(answer), flush=True)
