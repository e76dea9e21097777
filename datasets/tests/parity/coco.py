"""Scores every case with pycocotools: its twelve numbers, per class AP, AP50 and AR100, and the mean curve at IoU 0.5.

In: `{"classes": [name], "pictures": [{"truth": [[class, box, area, crowd]], "found": [[class, score, box]]}]}` per case,
boxes as `[left, top, width, height]`. What COCO marks -1 is answered as null.
"""

import contextlib
import io
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def collection(classes, pictures, annotations):
    coco = COCO()
    coco.dataset = {
        "images": [{"id": 1 + index} for index in range(len(pictures))],
        "categories": [{"id": 1 + index, "name": name} for index, name in enumerate(classes)],
        # Identifiers start at 1: the reference takes 0 for "no match".
        "annotations": [{"id": 1 + index, **annotation} for index, annotation in enumerate(annotations)],
    }
    coco.createIndex()
    return coco


def mean(values):
    values = values[values > -1]
    return float(np.mean(values)) if values.size else None


def answer(case):
    classes, pictures = case["classes"], case["pictures"]
    ids = {name: 1 + index for index, name in enumerate(classes)}
    truth = [
        {"image_id": 1 + i, "category_id": ids[name], "bbox": box, "area": area, "iscrowd": int(crowd)}
        for i, picture in enumerate(pictures)
        for name, box, area, crowd in picture["truth"]
    ]
    found = [
        {"image_id": 1 + i, "category_id": ids[name], "score": score, "bbox": box, "area": box[2] * box[3], "iscrowd": 0}
        for i, picture in enumerate(pictures)
        for name, score, box in picture["found"]
    ]
    evaluation = COCOeval(collection(classes, pictures, truth), collection(classes, pictures, found), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    precision, recall = evaluation.eval["precision"][..., 0, 2], evaluation.eval["recall"][..., 0, 2]
    curve = [mean(precision[0, r]) for r in range(precision.shape[1])] if precision.size else []
    return {
        "stats": [None if value == -1 else float(value) for value in evaluation.stats],
        "per_class": {
            name: [mean(precision[:, :, k]), mean(precision[0, :, k]), mean(recall[:, k])]
            for k, name in enumerate(classes)
        },
        "curve": [] if None in curve else curve,
    }


cases = json.load(sys.stdin)
with contextlib.redirect_stdout(io.StringIO()):
    answers = [answer(case) for case in cases]
json.dump(answers, sys.stdout)
