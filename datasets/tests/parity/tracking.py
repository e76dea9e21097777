"""Tracking scores of `trackeval` and `motmetrics`: cases as JSON on stdin, answers on stdout, NaN as null."""

import contextlib
import json
import math
import sys

import numpy as np
import scipy.optimize
import trackeval
from trackeval.datasets import MotChallenge2DBox
from trackeval.datasets._base_dataset import _BaseDataset

# Gone from NumPy 2, still used by motmetrics.
if not hasattr(np, "asfarray"):
    np.asfarray = lambda values: np.asarray(values, dtype=float)

import motmetrics

PEDESTRIAN, DISTRACTOR = 1, 8
# Rows of boxes: frame, id, ignored, left, top, width, height.
FRAME, ID, IGNORED, BOX = 0, 1, 2, slice(3, 7)


def by_frame(rows, frames):
    table = np.asarray(rows, dtype=float).reshape(-1, 7)
    return [table[table[:, FRAME] == frame] for frame in range(1, frames + 1)]


class InMemory(MotChallenge2DBox):
    """MOTChallenge's preprocessing on boxes that are already read."""

    def __init__(self):
        self.benchmark = "MOT17"
        self.do_preproc = True
        names = ["pedestrian", "person_on_vehicle", "static_person", "distractor", "reflection"]
        self.class_name_to_class_id = dict(zip(names, [1, 2, 7, 8, 12]))
        self.valid_class_numbers = list(self.class_name_to_class_id.values())

    def data(self, case):
        raw = {"num_timesteps": case["frames"], "seq": "case"}
        truth = by_frame(case["truth"], case["frames"])
        found = by_frame(case["found"], case["frames"])
        for side, frames in (("gt", truth), ("tracker", found)):
            raw[side + "_ids"] = [rows[:, ID].astype(int) for rows in frames]
            raw[side + "_dets"] = [rows[:, BOX] for rows in frames]
            classes = [np.where(rows[:, IGNORED] > 0, DISTRACTOR, PEDESTRIAN) for rows in frames]
            raw[side + "_classes"] = classes
        raw["gt_extras"] = [{"zero_marked": np.ones(len(rows))} for rows in truth]
        raw["tracker_confidences"] = [np.ones(len(rows)) for rows in found]
        raw["similarity_scores"] = [
            _BaseDataset._calculate_box_ious(rows[:, BOX], columns[:, BOX]) for rows, columns in zip(truth, found)
        ]
        return self.get_preprocessed_seq_data(raw, "pedestrian")


def second_opinion(data, summary):
    """Counts of motmetrics from its events; its summary too where asked for, because that takes long."""
    accumulator = motmetrics.MOTAccumulator()
    for frame in range(data["num_timesteps"]):
        boxes = data["gt_dets"][frame], data["tracker_dets"][frame]
        if len(boxes[0]) + len(boxes[1]) == 0:
            continue
        distances = motmetrics.distances.iou_matrix(*boxes, max_iou=0.5)
        accumulator.update(data["gt_ids"][frame], data["tracker_ids"][frame], distances, frameid=frame)
    kinds = accumulator._events["Type"]
    matched = [d for kind, d in zip(kinds, accumulator._events["D"]) if kind in ("MATCH", "SWITCH")]
    answer = {
        "transfers": kinds.count("TRANSFER"),
        "ascends": kinds.count("ASCEND"),
        "migrates": kinds.count("MIGRATE"),
        "motp_distance": sum(matched) / len(matched) if matched else None,
    }
    if summary:
        names = "mota idf1 idp idr recall precision num_false_positives num_misses num_switches num_objects"
        names += " num_predictions num_unique_objects idtp idfp idfn motp num_transfer num_ascend num_migrate"
        names = names.split()
        table = motmetrics.metrics.create().compute(accumulator, metrics=names, return_dataframe=False)
        answer["summary"] = {name: table[name] for name in names}
    return answer


def plain(value):
    """As JSON has it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (np.integer, int)):
        return int(value)
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def main():
    cases = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        quiet = {"PRINT_CONFIG": False}
        metrics = [trackeval.metrics.HOTA(), trackeval.metrics.CLEAR(quiet), trackeval.metrics.Identity(quiet)]
        dataset, single, answers = InMemory(), [], []
        for case in cases["sequences"]:
            data = dataset.data(case)
            single.append([metric.eval_sequence(data) for metric in metrics])
            answers.append({key: value for part in single[-1] for key, value in part.items()})
            answers[-1]["identities"] = [data["num_gt_ids"], data["num_tracker_ids"]]
            answers[-1]["motmetrics"] = second_opinion(data, case["summary"])
        groups = []
        for group in cases["groups"]:
            parts = [m.combine_sequences({i: single[i][at] for i in group}) for at, m in enumerate(metrics)]
            groups.append({key: value for part in parts for key, value in part.items()})
        assignments = []
        for case in cases["assignments"]:
            weights = np.asarray(case["weights"], dtype=float).reshape(case["rows"], case["columns"])
            assignments.append(list(zip(*scipy.optimize.linear_sum_assignment(-weights))))
        answer = {"sequences": answers, "groups": groups, "assignments": assignments}
        answer["thresholds"] = metrics[0].array_labels
    json.dump(plain(answer), sys.stdout)


main()
