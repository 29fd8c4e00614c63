"""Scores every moment by other methods. Reads a JSON list of series, prints {method: scores} on a line for each."""
import json
import sys

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest

WIDTH = 128


def covering(errors, width):
    """The mean over the windows that cover a moment, as in SeriesDetector."""
    sums = np.concatenate([[0.0], np.cumsum(errors), np.full(width - 1, np.sum(errors))])
    moments = np.arange(len(errors) + width - 1)
    first = np.maximum(0, moments - width + 1)
    last = np.minimum(len(errors), moments + 1)
    return (sums[last] - sums[first]) / (last - first)


def rolling(values, width=144):
    scores = np.zeros(len(values))
    for i in range(11, len(values)):
        before = values[max(0, i - width) : i]
        scores[i] = abs(values[i] - before.mean()) / max(before.std(), 1e-9)
    return scores


for line in sys.stdin:
    values = np.array(json.loads(line), dtype=float)
    rows = np.lib.stride_tricks.sliding_window_view(values, WIDTH)
    scaled = (rows - rows.mean(0)) / np.maximum(rows.std(0), 1e-9)
    pca = PCA(WIDTH // 8, random_state=0).fit(scaled)
    back = pca.inverse_transform(pca.transform(scaled))
    forest = IsolationForest(random_state=0).fit(scaled)
    scores = {
        "distance from the median": np.abs(values - np.median(values)),
        "rolling z-score of 144": rolling(values),
        "PCA of windows of 128": covering(((scaled - back) ** 2).mean(1), WIDTH),
        "IsolationForest of windows of 128": covering(-forest.score_samples(scaled), WIDTH),
    }
    print(json.dumps({name: list(map(float, each)) for name, each in scores.items()}), flush=True)
