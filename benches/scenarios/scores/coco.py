"""Times the reference: evaluate, accumulate and summarize of pycocotools on data already loaded, boxes, default settings.

usage: coco.py TRUTH.json RESULTS.json [RUNS], with the Python of `scripts/setup.sh --tests`; prints JSON.
"""

import contextlib
import io
import json
import statistics
import sys
import time

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def main(truth, results, runs=11):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(truth)
        found = truth.loadRes(results)
        times = []
        # The first run warms up and is not counted.
        for _ in range(1 + int(runs)):
            evaluation = COCOeval(truth, found, "bbox")
            begun = time.perf_counter()
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
            times.append(1000 * (time.perf_counter() - begun))
    times = times[1:]
    print(
        json.dumps(
            {
                "runs": len(times),
                "median_ms": statistics.median(times),
                "min_ms": min(times),
                "ap": float(evaluation.stats[0]),
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
