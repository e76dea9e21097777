#!/usr/bin/env python3
"""Makes models/golden/<id>.toml: what each model has to answer to a known picture.

usage: models/golden/make.py [--card FILE] [ID ...]

An implementation of its own, so that it proves Cairn's: ONNX Runtime from Python and numpy, with its own cropping, colour
order, normalisation and reading of outputs. The input of a case is the top-left corner of picture.png (draw.py) at the
input's size, not resampled, so that both sides feed the same numbers:

    python3 -m venv golden
    golden/bin/pip install --no-deps --require-hashes -r scripts/onnxruntime.txt -r models/golden/requirements.txt
    golden/bin/python models/golden/make.py

Model files are looked for in .cairn/models and in models/ of $CAIRN_MIRROR or ../shared, and must hash to their cards.
With --card the card is an operator's own, its model file lies beside it, in the store or in the mirror, and the result goes
beside it: name it there as `golden = "<id>.golden.toml"`.

A case holds for each output its shape, samples, its mean, and a tolerance of 1 % of the output's standard deviation. One
model file gives other last digits on another processor, with other threads or other graph optimisations: up to 0.05 %
of the deviation between all optimisations and none, for the built-in models on the machine that made them. A wrong
channel order moves some sample by 28 % and more. Both are measured here for every output, and a case in which they are
not well apart is refused. Samples whose value a hair of noise in the input turns upside down, as the order of rows after a
suppression inside the graph does, are not taken, nor is a size that it changes, which is -1 then.
"""

import argparse
import hashlib
import os
import pathlib
import sys
import tomllib

import numpy as np
import onnxruntime as ort

from draw import picture

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Beside the size a model prefers: that of a 16:9 picture, for those that take it.
WIDE = [416, 256]
# Of all outputs of a case together; each output has at least a few.
SAMPLES = 64
LEAST = 8
# Boxes below are left out, whatever the card's own bound is: the picture is no photograph.
FLOOR = 0.1
TOLERANCE_OF_STD = 0.01
# What numbers may move by rounding alone, and must move by swapped channels, in tolerances.
ROUNDING, SWAPPED = 0.2, 10.0


class Unfit(Exception):
    """No case can be made of this."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--card", type=pathlib.Path, help="an operator's own card")
    parser.add_argument("ids", nargs="*", metavar="ID", help="built-in models; all, unless told otherwise")
    args = parser.parse_args()
    cards = [args.card] if args.card else sorted((HERE.parent / "cards").glob("*.toml"))
    failed = False
    for path in cards:
        card = tomllib.loads(path.read_text())
        if args.ids and card["id"] not in args.ids:
            continue
        target = path.with_name(f"{card['id']}.golden.toml") if args.card else HERE / f"{card['id']}.toml"
        try:
            target.write_text(golden(card, model_file(card, path.parent)))
            print(target)
        except Unfit as reason:
            print(f"make.py: {card['id']}: {reason}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


def model_file(card: dict, beside: pathlib.Path) -> pathlib.Path:
    mirror = pathlib.Path(os.environ.get("CAIRN_MIRROR") or ROOT.parent / "shared")
    for folder in [ROOT / ".cairn/models", mirror / "models", beside]:
        file = folder / card["file"]
        if file.exists():
            if hashlib.sha256(file.read_bytes()).hexdigest() != card["sha256"]:
                raise Unfit(f"{file} is not the file of its card")
            return file
    raise Unfit(f"`{card['file']}` is neither in the store nor in the mirror: run `cairn models pull {card['id']}`")


def golden(card: dict, file: pathlib.Path) -> str:
    size = card["input"]["size"]
    sizes = [size["fixed"]] if "fixed" in size else [size["default"]]
    if "multiple-of" in size and all(side % size["multiple-of"] == 0 for side in WIDE):
        sizes.append(WIDE)
    lines = [
        f"# Made by models/golden/make.py with ONNX Runtime {ort.__version__}; how, and why the tolerance, stands there.",
        f'sha256 = "{card["sha256"]}"',
    ]
    sessions = Sessions(file)
    for width, height in sizes:
        lines += case(card, sessions, width, height)
    return "\n".join(lines) + "\n"


class Sessions:
    """The model with all of the runtime's optimisations and with none."""

    def __init__(self, file: pathlib.Path):
        self.usual = self.session(file, ort.GraphOptimizationLevel.ORT_ENABLE_ALL)
        self.plain = self.session(file, ort.GraphOptimizationLevel.ORT_DISABLE_ALL)

    @staticmethod
    def session(file: pathlib.Path, level) -> ort.InferenceSession:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.graph_optimization_level = level
        options.log_severity_level = 3
        return ort.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def tensor(card: dict, width: int, height: int, swapped: bool = False, noise: float = 0.0) -> np.ndarray:
    """The corner of the picture as the card wants it, batch of one."""
    spec = card["input"]
    crop = picture()[:height, :width]
    if crop.shape != (height, width, 3):
        raise Unfit(f"{width}x{height} is larger than the picture")
    if (spec["colour"] == "bgr") != swapped:
        crop = crop[:, :, ::-1]
    if spec.get("element", "f32") == "f32":
        values = crop.astype(np.float32)
        if noise:
            values += np.random.default_rng(7).uniform(-noise, noise, values.shape).astype(np.float32)
        crop = (values - np.float32(spec["mean"])) * np.float32(spec["scale"])
    if spec["layout"] == "nchw":
        crop = crop.transpose(2, 0, 1)
    return np.ascontiguousarray(crop[None])


def case(card: dict, sessions: Sessions, width: int, height: int) -> list:
    # Outputs that are no numbers to compare, as class ids of whole numbers, are left alone.
    floats = [output.name for output in sessions.usual.get_outputs() if output.type == "tensor(float)"]
    names = [name for name in card["outputs"] if name in floats]

    def run(session: ort.InferenceSession, **how) -> list:
        return session.run(names, {card["input"]["name"]: tensor(card, width, height, **how)})

    outputs, plain = run(sessions.usual), run(sessions.plain)
    swapped, noisy = run(sessions.usual, swapped=True), run(sessions.usual, noise=0.02)
    lines = ["", "[[case]]", f"size = [{width}, {height}]"]
    moved_by_swap = 0.0
    for i, name in enumerate(names):
        output = outputs[i]
        if not np.isfinite(output).all():
            raise Unfit(f"output `{name}` is not finite")
        tolerance = TOLERANCE_OF_STD * float(output.std())
        if tolerance == 0.0:
            raise Unfit(f"output `{name}` is the same everywhere")
        # A size that depends on what the picture shows.
        shape = [side if side == a == b == c else -1
                 for side, a, b, c in zip(output.shape, plain[i].shape, swapped[i].shape, noisy[i].shape)]
        is_steady = -1 not in shape
        usable = steady(output, [plain[i], noisy[i]], tolerance)
        if is_steady:
            rounding = np.abs(output - plain[i]).max() / tolerance
            if ROUNDING < rounding:
                raise Unfit(f"output `{name}` moves by {rounding:.2g} tolerances by rounding alone")
        else:
            # The last rows are those that come and go.
            usable[usable.size // 2:] = False
        chosen = samples(output, swapped[i], usable, max(LEAST, SAMPLES // len(names)))
        flat, other = output.ravel(), swapped[i].ravel()
        moved = [abs(float(flat[at]) - float(other[at])) for at in chosen if at < other.size]
        moved_by_swap = max(moved_by_swap, max(moved, default=0.0) / tolerance)
        lines += ["", "[[case.output]]", f'name = "{name}"', f"shape = {shape}", f"tolerance = {number(tolerance)}"]
        if is_steady:
            lines.append(f"mean = {number(float(output.mean(dtype=np.float64)))}")
        pairs = [f"[{at}, {number(float(flat[at]))}]" for at in chosen]
        lines += ["samples = ["] + [f"    {', '.join(pairs[i:i + 5])}," for i in range(0, len(pairs), 5)] + ["]"]
    if moved_by_swap < SWAPPED:
        raise Unfit(f"swapped channels move no sample by more than {moved_by_swap:.2g} tolerances")
    return lines + results(card, dict(zip(names, outputs)), width, height)


def steady(output: np.ndarray, others: list, tolerance: float) -> np.ndarray:
    """Which places of the flat output stay what they are."""
    flat = output.ravel()
    keeps = np.ones(flat.size, bool)
    for other in others:
        same = np.full(flat.size, np.inf)
        count = min(flat.size, other.size)
        same[:count] = np.abs(flat[:count] - other.ravel()[:count])
        keeps &= same < tolerance / 2
    return keeps


def samples(output: np.ndarray, swapped: np.ndarray, usable: np.ndarray, count: int) -> list:
    """Places worth comparing, in order: the largest, the smallest, those that the channel order moves most, and some more."""
    flat = output.ravel().astype(np.float64)
    places = np.flatnonzero(usable)
    if places.size == 0:
        raise Unfit("no value stays what it is")
    moved = np.abs(flat - swapped.ravel()) if output.shape == swapped.shape else np.zeros(flat.size)
    fourth = count // 4
    chosen = []
    for order in [np.argsort(-flat[places], kind="stable"), np.argsort(flat[places], kind="stable"),
                  np.argsort(-moved[places], kind="stable"), np.random.default_rng(11).permutation(places.size)]:
        fresh = [int(places[at]) for at in order if int(places[at]) not in chosen]
        chosen += fresh[:fourth]
    return sorted(chosen)


def results(card: dict, outputs: dict, width: int, height: int) -> list:
    head = card["head"]
    first = next(iter(outputs.values()), None)
    match head["kind"]:
        case "yolox":
            boxes, scores = yolox(first[0], head["strides"], width, height)
        case "nanodet-plus":
            boxes, scores = nanodet_plus(first[0], head["strides"], head["bins"], width, height)
        case "slots":
            return reading(slots(first[0], head))
        case "ctc":
            return reading(ctc(first, head))
        case _:
            return []
    found = suppressed(boxes, scores, card["nms-iou"])
    classes = (HERE.parent / "classes/coco-80.txt").read_text().split("\n") \
        if card["classes"] == "coco-80" else card["classes"]
    lines = ["", "[case.results]", f"min-score = {FLOOR}", "boxes = ["]
    for klass, score, box in found:
        sides = ", ".join(number(float(side)) for side in box)
        lines.append(f'    {{ class = "{classes[klass]}", score = {number(float(score))}, box = [{sides}] }},')
    return lines + ["]"]


def reading(text: str) -> list:
    return ["", "[case.results]", f'text = "{text}"']


def grid(strides: list, width: int, height: int) -> np.ndarray:
    """Column, row and stride of each cell, stride by stride, row by row."""
    cells = [[x, y, stride] for stride in strides
             for y in range(-(-height // stride)) for x in range(-(-width // stride))]
    return np.array(cells, np.float64)


def yolox(rows: np.ndarray, strides: list, width: int, height: int):
    rows, cells = rows.astype(np.float64), grid(strides, width, height)
    stride = cells[:, 2:]
    centre, half = (rows[:, :2] + cells[:, :2]) * stride, np.exp(rows[:, 2:4]) * stride / 2
    return np.hstack([centre - half, centre + half]), rows[:, 5:] * rows[:, 4:5]


def nanodet_plus(rows: np.ndarray, strides: list, bins: int, width: int, height: int):
    rows, cells = rows.astype(np.float64), grid(strides, width, height)
    stride, classes = cells[:, 2:], rows.shape[1] - 4 * bins
    logits = rows[:, classes:].reshape(-1, 4, bins)
    share = np.exp(logits - logits.max(axis=2, keepdims=True))
    share /= share.sum(axis=2, keepdims=True)
    sides = (share * np.arange(bins)).sum(axis=2) * stride
    point = cells[:, :2] * stride
    return np.hstack([point - sides[:, :2], point + sides[:, 2:]]), rows[:, :classes]


def suppressed(boxes: np.ndarray, scores: np.ndarray, iou: float) -> list:
    """The best class of each row from the floor on; of two of one class that overlap more than `iou`, the better."""
    best, score = scores.argmax(axis=1), scores.max(axis=1)
    kept = []
    for at in sorted(np.flatnonzero(FLOOR <= score), key=lambda at: -score[at]):
        rivals = [other for other in kept if best[other] == best[at]]
        if all(overlap(boxes[at], boxes[other]) <= iou for other in rivals):
            kept.append(at)
    return [(best[at], score[at], boxes[at]) for at in kept]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    shared = sides.clip(0).prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


def symbols(alphabet: str, none: int) -> list:
    """The character of each class, nothing for the one that stands for none."""
    return [*alphabet[:none], "", *alphabet[none:]]


def slots(places: np.ndarray, head: dict) -> str:
    known = symbols(head["alphabet"], head["empty"])
    return "".join(known[at] for at in places.argmax(axis=1))


def ctc(output: np.ndarray, head: dict) -> str:
    steps = np.squeeze(output, axis=[axis for axis, side in enumerate(output.shape) if side == 1][0])
    if head["axes"] == "classes-steps":
        steps = steps.T
    best = [int(at) for at in steps.argmax(axis=1)]
    known = symbols(head["alphabet"], head["blank"])
    return "".join(known[at] for i, at in enumerate(best) if i == 0 or at != best[i - 1])


def number(value: float) -> str:
    """As many digits as single precision has; always read as a fraction."""
    text = f"{value:.9g}"
    return text if any(mark in text for mark in ".en") else text + ".0"


if __name__ == "__main__":
    sys.exit(main())
