"""How well a reader reads made-up plates, and whether it is as sure as it is right.

score.py reader.onnx FOLDER... prints a line for each set that `cairn datasets synth plates --for reader` wrote, and how long
a plate takes on one core.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict

import numpy

# Of the stated confidence, in a reliability diagram.
BINS = 10


class Tally:
    """Counts what was read; a plate counts as read right when every slot is."""

    def __init__(self):
        self.kinds = defaultdict(lambda: [0, 0])
        self.confidences, self.right, self.colour = [], [], [0, 0]
        self.loss = 0.0

    def add(self, probabilities, characters, kinds):
        """Probabilities `[n, 12, 76]` and classes `[n, 12]` of plates of `kinds`."""
        exact = (probabilities.argmax(2) == characters).all(1)
        # The weakest slot decides, empty ones too: a character that was overlooked is one that is wrong.
        self.confidences.append(probabilities.max(2).min(1))
        self.right.append(exact)
        true = numpy.take_along_axis(probabilities, characters[..., None].astype(numpy.int64), 2)
        self.loss -= float(numpy.log(true + 1e-9).sum())
        for kind, is_right in zip(kinds, exact, strict=True):
            self.kinds[kind][0] += 1
            self.kinds[kind][1] += int(is_right)

    def colours(self, read, true):
        self.colour[0] += len(true)
        self.colour[1] += int((read == true).sum())

    def scores(self):
        confidences, right = numpy.concatenate(self.confidences), numpy.concatenate(self.right)
        bins = numpy.minimum((confidences * BINS).astype(int), BINS - 1)
        apart = sum(
            abs(confidences[bins == i].sum() - right[bins == i].sum()) for i in range(BINS) if (bins == i).any()
        )
        return {
            "exact": share(int(right.sum()), len(right)),
            "kinds": {kind: share(read, n) for kind, (n, read) in sorted(self.kinds.items())},
            "colour": share(self.colour[1], self.colour[0]),
            "loss": round(self.loss / len(right), 4),
            "calibration_error": round(float(apart / len(right)), 4),
            "sure": share(int((right & (confidences > 0.9)).sum()), int((confidences > 0.9).sum())),
            "sure_share": share(int((confidences > 0.9).sum()), len(right)),
        }


def share(part, whole):
    return round(part / whole, 4) if whole else None


def main():
    # Training has no need of ONNX Runtime.
    import onnxruntime

    from data import Crops

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--runs", type=int, default=300, help="plates that are timed")
    options = parser.parse_args()
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(options.model, settings, providers=["CPUExecutionProvider"])
    for folder in options.sets:
        crops, tally = Crops(folder), Tally()
        for start in range(0, len(crops), 64):
            rows = slice(start, min(start + 64, len(crops)))
            read, colour = session.run(["characters", "colours"], {"plates": numpy.ascontiguousarray(crops.pictures[rows])})
            tally.add(read, crops.characters[rows], crops.kinds[rows])
            tally.colours(colour.argmax(1), crops.colours[rows])
        print(json.dumps({"set": str(folder), **tally.scores()}, ensure_ascii=False), flush=True)
    plate = numpy.random.default_rng(1).integers(0, 256, (1, 64, 160, 3), numpy.uint8)
    took = []
    for _ in range(options.runs):
        start = time.perf_counter()
        session.run(None, {"plates": plate})
        took.append(1e3 * (time.perf_counter() - start))
    if took:
        print(json.dumps({"ms_per_plate": {"median": round(statistics.median(took), 3), "least": round(min(took), 3)}}))


if __name__ == "__main__":
    main()
