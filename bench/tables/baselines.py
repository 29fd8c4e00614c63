"""AUROC of NSL-KDD's attacks by IsolationForest and PCA: baselines.py FILE. Prints one line of JSON per seed."""

import gzip
import json
import sys

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

rows = [line.strip().split(",") for line in gzip.open(sys.argv[1], "rt")]
splits = json.load(sys.stdin)
words = (1, 2, 3)
numbers = np.array([[float(row[j]) for j in range(41) if j not in words] for row in rows])
for train, test in splits:
    deviation = numbers[train].std(0)
    scaled = (numbers - numbers[train].mean(0)) / np.where(deviation == 0, 1, deviation)
    known = [sorted({rows[i][j] for i in train}) for j in words]
    hot = [[[float(row[j] == value) for value in values] for row in rows] for j, values in zip(words, known)]
    x = np.concatenate([scaled, *map(np.array, hot)], axis=1)
    y = [rows[i][41] != "normal" for i in test]
    forest = IsolationForest(random_state=0).fit(x[train])
    pca = PCA(20).fit(x[train])
    residual = ((x[test] - pca.inverse_transform(pca.transform(x[test]))) ** 2).sum(1)
    print(json.dumps([roc_auc_score(y, -forest.score_samples(x[test])), roc_auc_score(y, residual)]))
