"""Times the references on boxes already read: HOTA, CLEAR and Identity of trackeval; MOTA and IDF1 of motmetrics.

usage: tracking.py TRUTH.txt RESULTS.txt [RUNS], MOTChallenge rows, with the Python of `scripts/setup.sh --tests`; prints
JSON. `metrics_only` leaves out the overlaps of boxes, which every other figure contains.
"""

import contextlib
import io
import json
import statistics
import sys
import time

import numpy as np
import trackeval
from trackeval.datasets._base_dataset import _BaseDataset

# Gone from NumPy 2, still used by motmetrics.
if not hasattr(np, "asfarray"):
    np.asfarray = lambda values: np.asarray(values, dtype=float)

import motmetrics

FRAME, ID, BOX = 0, 1, slice(2, 6)


def read(path):
    return np.loadtxt(path, delimiter=",", ndmin=2)


def split(rows, frames):
    """Identities from 0 and boxes of each frame."""
    identities = np.unique(rows[:, ID], return_inverse=True)[1]
    frame_of = [rows[:, FRAME] == frame for frame in range(1, frames + 1)]
    return [identities[chosen] for chosen in frame_of], [rows[chosen, BOX] for chosen in frame_of]


def overlaps(truth_boxes, found_boxes):
    return [_BaseDataset._calculate_box_ious(*boxes) for boxes in zip(truth_boxes, found_boxes)]


def timed(run, runs):
    times, answer = [], None
    # The first run warms up and is not counted.
    for _ in range(1 + runs):
        begun = time.perf_counter()
        answer = run()
        times.append(1000 * (time.perf_counter() - begun))
    return {"median_ms": statistics.median(times[1:]), "min_ms": min(times[1:])}, answer


def main(truth, found, runs=31):
    truth, found, runs = read(truth), read(found), int(runs)
    frames = int(max(truth[:, FRAME].max(), found[:, FRAME].max()))
    (truth_ids, truth_boxes), (found_ids, found_boxes) = split(truth, frames), split(found, frames)
    data = {
        "num_timesteps": frames,
        "num_gt_ids": len(np.unique(truth[:, ID])),
        "num_tracker_ids": len(np.unique(found[:, ID])),
        "num_gt_dets": len(truth),
        "num_tracker_dets": len(found),
        "gt_ids": truth_ids,
        "tracker_ids": found_ids,
        "similarity_scores": overlaps(truth_boxes, found_boxes),
    }
    quiet = {"PRINT_CONFIG": False}
    metrics = [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet), trackeval.metrics.Identity(quiet)]

    def score():
        return {key: value for metric in metrics for key, value in metric.eval_sequence(data).items()}

    def compare_and_score():
        data["similarity_scores"] = overlaps(truth_boxes, found_boxes)
        return score()

    def second_opinion():
        accumulator = motmetrics.MOTAccumulator()
        for frame in range(frames):
            distances = motmetrics.distances.iou_matrix(truth_boxes[frame], found_boxes[frame], max_iou=0.5)
            accumulator.update(truth_ids[frame], found_ids[frame], distances, frameid=frame)
        return motmetrics.metrics.create().compute(accumulator, metrics=["mota", "idf1"], return_dataframe=False)

    with contextlib.redirect_stdout(io.StringIO()):
        whole, scores = timed(compare_and_score, runs)
        metrics_only, _ = timed(score, runs)
        second, second_scores = timed(second_opinion, runs)
    answer = {
        "runs": runs,
        "trackeval": whole | {"metrics_only": metrics_only},
        "motmetrics": second,
        "mota": float(scores["MOTA"]),
        "idf1": float(scores["IDF1"]),
        "hota": float(np.mean(scores["HOTA"])),
        "motmetrics_scores": {key: float(value) for key, value in second_scores.items()},
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
