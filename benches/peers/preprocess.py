"""OpenCV's side of `benches/peers/preprocess`, and the measuring: see there."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

# OpenCV on one thread: ours has one.
cv2.setNumThreads(1)

ROUNDS = 151
PER_ROUND = 4
WARM_UP = 10
FILL = 114
# The first one is the goal's; the others are printed beside it.
CASES = [
    ("i420", (1920, 1080), (416, 416)),
    ("nv12", (1920, 1080), (416, 416)),
    ("i420", (1920, 1080), (416, 256)),
    ("i420", (768, 432), (416, 416)),
]


def main(program, clip, json_path):
    picture = hundredth_frame(clip)
    with tempfile.TemporaryDirectory() as folder:
        measured = [measure(program, Path(folder), picture, *case) for case in CASES]
    for case in measured:
        print("{format} {frame} -> {input}: ours {ours_ms:.3f} ms, OpenCV {opencv_ms:.3f} ms, ratio {ratio:.1f}".format(**case))
    document = {
        **measured[0],
        "cases": measured,
        "opencv": cv2.__version__,
        "opencv_threads": cv2.getNumThreads(),
        "rounds": ROUNDS,
        "per_round": PER_ROUND,
        "cpu": cpu(),
    }
    if json_path:
        Path(json_path).write_text(json.dumps(document, indent=2) + "\n")


def hundredth_frame(clip):
    reader = cv2.VideoCapture(clip)
    for _ in range(100):
        found, frame = reader.read()
        if not found:
            sys.exit(f"preprocess: {clip} has no hundredth frame")
    return frame


def measure(program, folder, picture, form, size, wanted):
    planes = planes_of(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), form)
    path = folder / "planes"
    path.write_bytes(planes.tobytes())
    arguments = [program, form, *map(str, size), *map(str, wanted), path]
    theirs = opencv(planes, form, size, wanted)
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as ours:
        ours_ms, opencv_ms = [], []
        for _ in range(WARM_UP + ROUNDS):
            ours.stdin.write(f"{PER_ROUND}\n")
            ours.stdin.flush()
            spent_ns, total = ours.stdout.readline().split()
            ours_ms.append(int(spent_ns) / PER_ROUND / 1e6)
            begun = time.perf_counter()
            for _ in range(PER_ROUND):
                tensor = theirs()
            opencv_ms.append((time.perf_counter() - begun) / PER_ROUND * 1e3)
        ours.stdin.close()
    # Both made the same tensor: a mean within half a level.
    apart = abs(float(total) - float(tensor.sum(dtype=np.float64))) / tensor.size
    if not apart < 0.5:
        sys.exit(f"preprocess: the tensors of {form} {size} differ by {apart} levels in the mean")
    ours_ms, opencv_ms = (float(np.median(times[WARM_UP:])) for times in (ours_ms, opencv_ms))
    return {
        "format": form,
        "frame": "{}x{}".format(*size),
        "input": "{}x{}".format(*wanted),
        "ours_ms": ours_ms,
        "opencv_ms": opencv_ms,
        "ratio": opencv_ms / ours_ms,
    }


def planes_of(bgr, form):
    i420 = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420)
    if form == "i420":
        return i420
    height, width = bgr.shape[:2]
    luma, u, v = np.split(i420.reshape(-1), [width * height, width * height * 5 // 4])
    return np.concatenate([luma, np.stack([u, v], axis=1).reshape(-1)]).reshape(i420.shape)


def opencv(planes, form, size, wanted):
    """The usual way: convert the frame, scale it onto a canvas, make a blob of that."""
    (width, height), (input_width, input_height) = size, wanted
    if input_width * height <= input_height * width:
        inner = (input_width, input_width * height // width)
    else:
        inner = (input_height * width // height, input_height)
    code = {"i420": cv2.COLOR_YUV2BGR_I420, "nv12": cv2.COLOR_YUV2BGR_NV12}[form]
    canvas = np.full((input_height, input_width, 3), FILL, np.uint8)
    bgr = np.empty((height, width, 3), np.uint8)
    part = canvas[: inner[1], : inner[0]]

    def run():
        cv2.cvtColor(planes, code, dst=bgr)
        # The border stays; only the picture is written.
        part[:] = cv2.resize(bgr, inner, interpolation=cv2.INTER_LINEAR)
        return cv2.dnn.blobFromImage(canvas)

    return run


def cpu():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"


if __name__ == "__main__":
    main(*sys.argv[1:3], sys.argv[3] if len(sys.argv) == 4 else None)
