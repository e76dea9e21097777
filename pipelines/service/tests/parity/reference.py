"""Detectors the way their users run them in Python: OpenCV opens and scales the pictures, ONNX Runtime runs the model, numpy
decodes, OpenCV suppresses. Written from the models' own papers and repositories; nothing here reads this project's cards.

    reference.py < request.json > answers.json

The request is {"models": folder, "detectors": [name], "pictures": [path], "copies": folder, "truth": path or null,
"cut": whether models of any input size get one without a border}. Each
picture is also written to `copies` as 0000.png, 0001.png and so on, so that whoever compares sees the same pixels: decoders
of JPEG differ. Per detector the answer is {"found": [per picture [{"class", "score", "box", "points"}]], "second": the same by
another program or null, "ap": {name of the class: AP} or null}. Boxes are x0, y0, x1, y1 in pixels of the picture.
"""

import contextlib
import io
import json
import sys

import cv2
import numpy as np
import onnxruntime
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

cv2.setNumThreads(1)

GREY = 114
BGR_MEAN = np.float32([103.53, 116.28, 123.675])
BGR_DEVIATION = np.float32([57.375, 57.12, 58.395])

# Categories of COCO's 80 classes, by number of the class.
COCO_CATEGORIES = [i for i in range(1, 91) if i not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)]


def without_border(picture, side):
    """Width and height of the square of `side` with what the picture's aspect leaves empty cut off, in steps of 32."""
    height, width = picture.shape[:2]
    longer = max(height, width)
    return tuple(-(-side * length // (longer * 32)) * 32 for length in (width, height))


def letterbox(picture, size, fill, centred):
    """The picture scaled to fit an input of that width and height, with the scale and the border that lead back."""
    height, width = picture.shape[:2]
    # The longer side fills the input; a cut input leaves the other one room to spare.
    scale = min(size[1] / height, size[0] / width) if size[0] == size[1] else max(size) / max(height, width)
    # The small addition keeps 704 * (416 / 704) from falling to 415.
    inner = (int(width * scale + 1e-6), int(height * scale + 1e-6))
    # In floating point: of bytes OpenCV makes bytes again, and the half level that it rounds away moves the AP of a few
    # dozen pictures by as much as half a point.
    scaled = cv2.resize(picture.astype(np.float32), inner, interpolation=cv2.INTER_LINEAR)
    left, top = ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2) if centred else (0, 0)
    canvas = np.full((size[1], size[0], 3), fill, np.float32)
    canvas[top : top + inner[1], left : left + inner[0]] = scaled
    return canvas, scale, np.float32([left, top])


def planes(canvas):
    return np.ascontiguousarray(canvas.transpose(2, 0, 1)[None])


def grid(size, stride):
    columns, rows = (-(-side // stride) for side in size)
    y, x = np.divmod(np.arange(columns * rows), columns)
    return np.stack([x, y], 1).astype(np.float32)


def corners_of(centre, size):
    return np.concatenate([centre - size / 2, centre + size / 2], 1)


def suppressed(boxes, scores, classes, iou):
    """Indices that OpenCV leaves, suppressing within each class."""
    if not len(boxes):
        return []
    rects = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], 1).tolist()
    return np.array(cv2.dnn.NMSBoxesBatched(rects, scores.tolist(), classes.tolist(), 0.0, iou)).reshape(-1)


class Detector:
    side, fill, centred, floor, iou = 416, GREY, False, 0.01, None
    file, free = None, False

    def __init__(self, folder, cut):
        self.cut, self.size = cut and self.free, (self.side, self.side)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        path = f"{folder}/{self.file}"
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def tensor(self, canvas):
        return planes(canvas)

    def run(self, canvas):
        return self.session.run(None, {self.input: self.tensor(canvas)})

    def find(self, picture):
        if self.cut:
            self.size = without_border(picture, self.side)
        canvas, scale, border = letterbox(picture, self.size, self.fill, self.centred)
        boxes, scores, classes, points = self.decode(self.run(canvas))
        enough = scores >= self.floor
        boxes, scores, classes, points = boxes[enough], scores[enough], classes[enough], points[enough]
        if self.iou is not None:
            kept = suppressed(boxes, scores, classes, self.iou)
            boxes, scores, classes, points = boxes[kept], scores[kept], classes[kept], points[kept]
        return back(picture, boxes, scores, classes, points, scale, border)


def back(picture, boxes, scores, classes, points, scale, border):
    """From the model's input to the picture; boxes are cut at its border, and empty ones left out."""
    height, width = picture.shape[:2]
    boxes = ((boxes.reshape(-1, 2, 2) - border) / scale).clip(0, [width, height]).reshape(-1, 4)
    points = (points.reshape(len(boxes), points.shape[1] // 2, 2) - border) / scale
    whole = (boxes[:, 2:] > boxes[:, :2]).all(1)
    rows = zip(classes[whole], scores[whole], boxes[whole], points[whole])
    return [
        {"class": int(k), "score": float(s), "box": b.tolist(), "points": p.tolist()} for k, s, b, p in rows
    ]


def no_points(count):
    return np.zeros((count, 0), np.float32)


class YoloxNano(Detector):
    file, iou = "det-yolox-nano-416.onnx", 0.45

    def decode(self, outputs):
        rows = outputs[0][0]
        grids = [(grid(self.size, s), s) for s in (8, 16, 32)]
        cells = np.concatenate([g for g, _ in grids])
        strides = np.concatenate([np.full((len(g), 1), s, np.float32) for g, s in grids])
        boxes = corners_of((rows[:, :2] + cells) * strides, np.exp(rows[:, 2:4]) * strides)
        scores = rows[:, 4:5] * rows[:, 5:]
        return boxes, scores.max(1), scores.argmax(1), no_points(len(rows))


class NanodetPlus(Detector):
    file, iou, free = "det-nanodet-plus-m15x-dyn.onnx", 0.6, True

    def decode(self, outputs):
        rows = outputs[0][0]
        grids = [(grid(self.size, s) * s, s) for s in (8, 16, 32, 64)]
        points = np.concatenate([g for g, _ in grids])
        strides = np.concatenate([np.full((len(g), 1), s, np.float32) for g, s in grids])
        bins = rows[:, 80:].reshape(-1, 4, 8)
        weights = np.exp(bins - bins.max(2, keepdims=True))
        sides = (weights / weights.sum(2, keepdims=True)) @ np.arange(8, dtype=np.float32) * strides
        boxes = np.concatenate([points - sides[:, :2], points + sides[:, 2:]], 1)
        return boxes, rows[:, :80].max(1), rows[:, :80].argmax(1), no_points(len(rows))


class RtmdetPerson(Detector):
    file, free = "det-person-rtmdet-nano.onnx", True

    def tensor(self, canvas):
        return planes((canvas - BGR_MEAN) / BGR_DEVIATION)

    def decode(self, outputs):
        rows, labels = outputs[0][0], outputs[1][0]
        return rows[:, :4], rows[:, 4], labels, no_points(len(rows))


class Yunet(Detector):
    file, side, fill, floor, iou = "face-yunet-n-dyn.onnx", 320, 0, 0.6, 0.3

    def __init__(self, folder, cut):
        super().__init__(folder, cut)
        # The second opinion: OpenCV's own decoder, on the file of this size.
        file = f"{folder}/face-yunet-n-{self.side}.onnx"
        self.opencv = cv2.FaceDetectorYN.create(file, "", (self.side, self.side), self.floor, self.iou, 5000)

    def run(self, canvas):
        return dict(zip([output.name for output in self.session.get_outputs()], super().run(canvas)))

    def decode(self, named):
        boxes, scores, points = [], [], []
        for stride in (8, 16, 32):
            cells = grid(self.size, stride)
            face, thing = named[f"cls_{stride}"][0, :, 0], named[f"obj_{stride}"][0, :, 0]
            box, landmarks = named[f"bbox_{stride}"][0], named[f"kps_{stride}"][0].reshape(-1, 5, 2)
            scores.append(np.sqrt(face.clip(0, 1) * thing.clip(0, 1)))
            boxes.append(corners_of((cells + box[:, :2]) * stride, np.exp(box[:, 2:]) * stride))
            points.append(((cells[:, None] + landmarks) * stride).reshape(-1, 10))
        scores = np.concatenate(scores)
        return np.concatenate(boxes), scores, np.zeros(len(scores), int), np.concatenate(points)

    def find_second(self, picture):
        canvas, scale, border = letterbox(picture, self.size, self.fill, self.centred)
        _, rows = self.opencv.detect(canvas)
        rows = np.zeros((0, 15), np.float32) if rows is None else rows
        boxes = np.concatenate([rows[:, :2], rows[:, :2] + rows[:, 2:4]], 1)
        return back(picture, boxes, rows[:, 14], np.zeros(len(rows), int), rows[:, 4:14], scale, border)


class Yunet320(Yunet):
    file = "face-yunet-n-320.onnx"


class PlateHyperlpr(Detector):
    fill, centred, floor, iou = 0, True, 0.3, 0.5

    def tensor(self, canvas):
        return planes(cv2.cvtColor(canvas, cv2.COLOR_BGR2RGB) / 255)

    def decode(self, outputs):
        rows = outputs[0][0]
        scores = rows[:, 4:5] * rows[:, 13:]
        return corners_of(rows[:, :2], rows[:, 2:4]), scores.max(1), scores.argmax(1), rows[:, 5:13]


class PlateHyperlpr640(PlateHyperlpr):
    file, side = "plate-det-hyperlpr-640.onnx", 640


class PlateHyperlpr320(PlateHyperlpr):
    file, side = "plate-det-hyperlpr-320.onnx", 320


DETECTORS = {
    "yolox-nano-416": YoloxNano,
    "nanodet-plus-m-1.5x": NanodetPlus,
    "person-rtmdet-nano": RtmdetPerson,
    "face-yunet": Yunet,
    "face-yunet-320": Yunet320,
    "plate-hyperlpr-640": PlateHyperlpr640,
    "plate-hyperlpr-320": PlateHyperlpr320,
}


def one_class_per_vehicle(rows):
    """Of a car, a bus and a truck in one place the best stays, as the product reports it."""
    kept = []
    for row in sorted(rows, key=lambda row: -row["score"]):
        others = [k for k in kept if {k["class"], row["class"]} <= {2, 5, 7} and k["class"] != row["class"]]
        if not any(0.6 < iou(k["box"], row["box"]) for k in others):
            kept.append(row)
    return kept


def iou(a, b):
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    areas = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return shared / (sum(areas) - shared)


def average_precision(truth, pictures, found):
    """AP by name of the class, of every class that the ground truth has, as pycocotools says."""
    coco = COCO(truth)
    ids = {image["file_name"].rsplit("/", 1)[-1]: image["id"] for image in coco.dataset["images"]}
    results = [
        {
            "image_id": ids[picture.rsplit("/", 1)[-1]],
            "category_id": COCO_CATEGORIES[row["class"]],
            "score": row["score"],
            "bbox": [row["box"][0], row["box"][1], row["box"][2] - row["box"][0], row["box"][3] - row["box"][1]],
        }
        for picture, rows in zip(pictures, found)
        for row in one_class_per_vehicle(rows)
    ]
    evaluation = COCOeval(coco, coco.loadRes(results), "bbox")
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]
    by_class = {}
    for place, category in enumerate(evaluation.params.catIds):
        values = precision[:, :, place]
        values = values[values > -1]
        if values.size:
            by_class[coco.cats[category]["name"]] = float(values.mean())
    return by_class


def answer(request, name, pictures):
    detector = DETECTORS[name](request["models"], request["cut"])
    found = [detector.find(picture) for picture in pictures]
    second = [detector.find_second(picture) for picture in pictures] if hasattr(detector, "find_second") else None
    truth = request["truth"]
    ap = average_precision(truth, request["pictures"], found) if truth is not None else None
    return {"found": found, "second": second, "ap": ap}


def opened(path, copy):
    picture = cv2.imread(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    assert picture is not None, path
    assert cv2.imwrite(copy, picture, [cv2.IMWRITE_PNG_COMPRESSION, 1]), copy
    return picture


request = json.load(sys.stdin)
pictures = [opened(path, f"{request['copies']}/{i:04}.png") for i, path in enumerate(request["pictures"])]
# pycocotools talks while it works.
with contextlib.redirect_stdout(io.StringIO()):
    answers = [answer(request, name, pictures) for name in request["detectors"]]
json.dump(answers, sys.stdout)
