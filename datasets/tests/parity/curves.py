"""Intervals, verification curves, plate texts and liveness rates by scipy, numpy and scikit-learn."""

import json
import sys
import warnings

import numpy as np
from scipy import stats
from sklearn.metrics import det_curve, roc_curve

LEVELS = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]


def wilson(k, n):
    found = stats.binomtest(k, n).proportion_ci(confidence_level=0.95, method="wilson")
    return [found.low, found.high]


def poisson_rate(count, exposure):
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    return [low / exposure, stats.chi2.ppf(0.975, 2 * count + 2) / 2 / exposure]


def rates(same, scores, weights):
    """EER and FNMR at each level, from scikit-learn's curve."""
    fmr, tpr, _ = roc_curve(same, scores, sample_weight=weights, drop_intermediate=False)
    genuine, impostors = weights[same].sum(), weights[~same].sum()
    # Whole numbers, so that equal differences are equal.
    false_matches = np.rint(fmr * impostors).astype(int).tolist()
    misses = [int(genuine) - accepted for accepted in np.rint(tpr * genuine).astype(int).tolist()]
    apart = [abs(m * int(impostors) - f * int(genuine)) for m, f in zip(misses, false_matches)]
    at = apart.index(min(apart))
    eer = (false_matches[at] / impostors + misses[at] / genuine) / 2
    fnmr = [misses[np.flatnonzero(np.array(false_matches) / impostors <= level)[-1]] / genuine for level in LEVELS]
    return [eer] + fnmr


def verification(case):
    same = np.array([a == b for a, b, _ in case["pairs"]])
    scores = np.array([score for _, _, score in case["pairs"]])
    fmr, tpr, thresholds = roc_curve(same, scores, drop_intermediate=False)
    answer = {"fmr": fmr.tolist(), "fnmr": (1 - tpr).tolist(), "thresholds": thresholds[1:].tolist()}
    if same.all() or not same.any():
        return answer | {"det": [], "rates": [], "intervals": []}
    answer["det"] = [list(point) for point in zip(*(part.tolist() for part in det_curve(same, scores)[:2]))]
    answer["rates"] = rates(same, scores, np.ones(len(same)))
    drawn = []
    for times in case["draws"]:
        weights = np.array([times[a] if a == b else times[a] * times[b] for a, b, _ in case["pairs"]], float)
        if weights[same].sum() and weights[~same].sum():
            drawn.append(rates(same, scores, weights))
    columns = np.array(drawn).T
    answer["intervals"] = [np.quantile(column, [0.025, 0.975]).tolist() for column in columns]
    return answer


def ten_fold(pairs):
    same, scores, folds = (np.array(column) for column in zip(*pairs))
    same = same.astype(bool)
    accuracies = []
    for fold in range(10):
        test = folds == fold
        if not test.any() or test.all():
            continue
        candidates = np.unique(scores[~test])
        candidates = np.append(candidates, np.nextafter(candidates[-1], np.inf))
        right = [((scores[~test] >= t) == same[~test]).sum() for t in candidates]
        best = candidates[int(np.argmax(right))]
        accuracies.append(((scores[test] >= best) == same[test]).mean())
    error = stats.sem(accuracies) if 1 < len(accuracies) else None
    return [float(np.mean(accuracies)), None if error is None else float(error)]


def edits(truth, read):
    table = np.zeros((len(truth) + 1, len(read) + 1), int)
    table[:, 0] = range(len(truth) + 1)
    table[0, :] = range(len(read) + 1)
    for i, wanted in enumerate(truth, 1):
        for j, got in enumerate(read, 1):
            changed = table[i - 1, j - 1] + (wanted not in ("?", got))
            table[i, j] = min(changed, table[i - 1, j] + 1, table[i, j - 1] + 1)
    return int(table[-1, -1])


def liveness(case):
    attacks, live, threshold = case["attacks"], np.array(case["live"]), case["threshold"]
    worst = max(np.mean(np.array(scores) >= threshold) for scores in attacks.values())
    bpcer = [float(np.mean(live < threshold))]
    for level in [0.1, 0.05, 0.01]:
        every = np.unique(np.concatenate([live, *attacks.values()]))
        every = np.append(every, np.nextafter(every[-1], np.inf))
        allowed = [t for t in every if all(np.mean(np.array(s) >= t) <= level for s in attacks.values())]
        bpcer.append(float(np.mean(live < allowed[0])))
    return [float(worst)] + bpcer


def finite(value):
    """JSON has no NaN."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and np.isnan(value) else value


# Cases with one class have undefined rates on purpose.
warnings.simplefilter("ignore")
cases = json.load(sys.stdin)
answers = {
    "wilson": [wilson(*case) for case in cases["wilson"]],
    "poisson": [poisson_rate(*case) for case in cases["poisson"]],
    "quantiles": [[float(np.quantile(values, q)) for q in qs] for values, qs in cases["quantiles"]],
    "verification": [verification(case) for case in cases["verification"]],
    "ten_fold": [ten_fold(pairs) for pairs in cases["ten_fold"]],
    "edits": [edits(*case) for case in cases["edits"]],
    "liveness": [liveness(case) for case in cases["liveness"]],
}
json.dump(finite(answers), sys.stdout)
