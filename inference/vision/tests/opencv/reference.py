"""What OpenCV makes of frames, for tests/opencv/main.rs: its conversion, resize and letterbox, and its warps.

    reference.py FOLDER CLIP...

Frames (one of each clip, and generated ones) and OpenCV's answers go into files in FOLDER; each line on standard output
describes one case, its fields separated by blanks:

    tensor NAME FORMAT RANGE WIDTH HEIGHT INPUT_WIDTH INPUT_HEIGHT PLANES TENSOR
    warp NAME WIDTH HEIGHT CROP_WIDTH CROP_HEIGHT PICTURE RESULT X Y X Y ...

All files hold bytes. TENSOR is [3, height, width], blue first: OpenCV's values are whole. PICTURE and RESULT are RGB.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

INPUTS = [(416, 416), (416, 256)]
FILL = 114
# Pixel centres at integers, as OpenCV counts.
TEMPLATE = np.array([[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]])


def main(folder, clips):
    for clip in clips:
        name, frame = Path(clip).parent.name, frame_of(clip, 100)
        tensors(folder, f"real-{name}", frame)
        tensors(folder, f"real-{name}-1080p", cv2.resize(frame, (1920, 1080), interpolation=cv2.INTER_CUBIC))
        tensors(folder, f"grey-{name}", frame, grey=True)
        warps(folder, name, frame)
    tensors(folder, "smooth", smooth(1280, 720))
    tensors(folder, "edges", edges(1280, 720))
    tensors(folder, "odd", smooth(638, 358))


def frame_of(clip, number):
    reader = cv2.VideoCapture(clip)
    for _ in range(number):
        found, frame = reader.read()
        assert found, f"{clip} has no frame {number}"
    return frame


def smooth(width, height):
    """Slow waves of saturated colours."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    waves = [np.sin(x / 90), np.sin(y / 70 + 1), np.sin((x + y) / 110 + 2)]
    return np.round(127.5 + 127.5 * np.stack(waves, axis=2)).astype(np.uint8)


def edges(width, height):
    """Rectangles of saturated colours, one over the other."""
    random = np.random.default_rng(7)
    picture = np.zeros((height, width, 3), np.uint8)
    for _ in range(400):
        x, y = int(random.integers(width)), int(random.integers(height))
        w, h = (int(side) for side in random.integers(4, 120, 2))
        picture[y : y + h, x : x + w] = random.choice([0, 255], 3)
    return picture


def tensors(folder, name, bgr, grey=False):
    height, width = bgr.shape[:2]
    for span in ("limited", "full"):
        luma, u, v = planes_of(bgr, span)
        if grey:
            u, v = np.full_like(u, 128), np.full_like(v, 128)
        i420 = np.concatenate([plane.reshape(-1) for plane in (luma, u, v)])
        nv12 = np.concatenate([luma.reshape(-1), np.stack([u, v], axis=2).reshape(-1)])
        for form, planes in (("i420", i420), ("nv12", nv12)):
            if span == "limited":
                code = cv2.COLOR_YUV2BGR_I420 if form == "i420" else cv2.COLOR_YUV2BGR_NV12
                back = cv2.cvtColor(planes.reshape(height * 3 // 2, width), code)
            else:
                # The conversion by planes knows limited range alone; this one is full range, its chroma at full size.
                nearest = [plane.repeat(2, axis=0).repeat(2, axis=1) for plane in (v, u)]
                back = cv2.cvtColor(np.stack([luma, *nearest], axis=2), cv2.COLOR_YCrCb2BGR)
            frame = f"{name}-{span}-{form}"
            (folder / f"{frame}.planes").write_bytes(planes.tobytes())
            for size in INPUTS:
                case = f"{frame}-{size[0]}x{size[1]}"
                (folder / f"{case}.tensor").write_bytes(letterboxed(back, size).astype(np.uint8).tobytes())
                print("tensor", case, form, span, width, height, *size, f"{frame}.planes", f"{case}.tensor")


def planes_of(bgr, span):
    height, width = bgr.shape[:2]
    if span == "limited":
        samples = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420).reshape(-1)
        luma, rest = np.split(samples, [width * height])
        u, v = (half.reshape(height // 2, width // 2) for half in np.split(rest, 2))
        return luma.reshape(height, width), u, v
    luma, v, u = cv2.split(cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb))
    half = (width // 2, height // 2)
    return luma, cv2.resize(u, half, interpolation=cv2.INTER_AREA), cv2.resize(v, half, interpolation=cv2.INTER_AREA)


def letterboxed(bgr, size):
    (height, width), (input_width, input_height) = bgr.shape[:2], size
    if input_width * height <= input_height * width:
        inner = (input_width, input_width * height // width)
    else:
        inner = (input_height * width // height, input_height)
    canvas = np.full((input_height, input_width, 3), FILL, np.uint8)
    canvas[: inner[1], : inner[0]] = cv2.resize(bgr, inner, interpolation=cv2.INTER_LINEAR)
    return cv2.dnn.blobFromImage(canvas)[0]


def warps(folder, name, bgr):
    height, width = bgr.shape[:2]
    rgb = np.ascontiguousarray(bgr[:, :, ::-1])
    (folder / f"{name}.rgb").write_bytes(rgb.tobytes())

    # A plate seen from the side.
    quad = np.array([[0.31, 0.42], [0.56, 0.36], [0.58, 0.55], [0.30, 0.62]]) * [width, height]
    crop = (188, 48)
    corners = np.array([[0, 0], [crop[0], 0], [crop[0], crop[1]], [0, crop[1]]], np.float64)
    # Corners lie on the edges of pixels, OpenCV counts from their centres.
    matrix = cv2.getPerspectiveTransform((quad - 0.5).astype(np.float32), (corners - 0.5).astype(np.float32))
    result = cv2.warpPerspective(rgb, matrix, crop, flags=cv2.INTER_LINEAR)
    write_warp(folder, f"{name}-quad", (width, height), crop, f"{name}.rgb", result, quad)

    # A face, tilted, about as large as in the template.
    turned = TEMPLATE @ (1.3 * np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])) + [220, 60]
    found = turned + np.array([[1.5, -0.5], [-1, 1], [0.5, 2], [-2, 0], [1, -1.5]])
    result = cv2.warpAffine(rgb, umeyama(found, TEMPLATE)[:2], (112, 112), flags=cv2.INTER_LINEAR)
    write_warp(folder, f"{name}-landmarks", (width, height), (112, 112), f"{name}.rgb", result, found + 0.5)


def write_warp(folder, case, size, crop, picture, result, points):
    """Points count from the edge of the picture, so that the first pixel's centre is (0.5, 0.5)."""
    (folder / f"{case}.warped").write_bytes(result.tobytes())
    print("warp", case, *size, *crop, picture, f"{case}.warped", *points.reshape(-1))


def umeyama(source, target):
    """Least-squares similarity from `source` to `target`: Umeyama 1991, equations 40 to 43."""
    mean_s, mean_t = source.mean(axis=0), target.mean(axis=0)
    covariance = (target - mean_t).T @ (source - mean_s) / len(source)
    left, singular, right = np.linalg.svd(covariance)
    signs = np.ones(2)
    if np.linalg.det(covariance) < 0:
        signs[1] = -1
    rotation = left @ np.diag(signs) @ right
    scale = (singular * signs).sum() / (source - mean_s).var(axis=0).sum()
    matrix = np.eye(3)
    matrix[:2, :2] = scale * rotation
    matrix[:2, 2] = mean_t - scale * rotation @ mean_s
    return matrix


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
