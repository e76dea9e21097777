#!/usr/bin/env python3
"""Draws models/golden/picture.png, the picture of which every golden input is the top-left corner.

usage: models/golden/draw.py

Needs numpy alone. The picture is ours and means nothing: slopes of red, green and blue that differ in every place, so that
channels in another order show; edges at many sizes; noise; what a plate reader takes for plates; and in the larger crops
shapes that a COCO detector takes for things.
"""

import pathlib
import struct
import sys
import zlib

import numpy as np

SIDE = 640
PICTURE = pathlib.Path(__file__).with_name("picture.png")

GLYPHS = {
    "A": ["01110", "10001", "10001", "11111", "10001", "10001", "10001"],
    "B": ["11110", "10001", "10001", "11110", "10001", "10001", "11110"],
    "E": ["11111", "10000", "10000", "11110", "10000", "10000", "11111"],
    "K": ["10001", "10010", "10100", "11000", "10100", "10010", "10001"],
    "O": ["01110", "10001", "10001", "10001", "10001", "10001", "01110"],
    "P": ["11110", "10001", "10001", "11110", "10000", "10000", "10000"],
    "S": ["01111", "10000", "10000", "01110", "00001", "00001", "11110"],
    "T": ["11111", "00100", "00100", "00100", "00100", "00100", "00100"],
    "1": ["00100", "01100", "00100", "00100", "00100", "00100", "01110"],
    "2": ["01110", "10001", "00001", "00110", "01000", "10000", "11111"],
    "3": ["11110", "00001", "00001", "01110", "00001", "00001", "11110"],
    "4": ["00010", "00110", "01010", "10010", "11111", "00010", "00010"],
    "5": ["11111", "10000", "11110", "00001", "00001", "10001", "01110"],
    "7": ["11111", "00001", "00010", "00100", "01000", "01000", "01000"],
    "9": ["01110", "10001", "10001", "01111", "00001", "00010", "01100"],
}


def picture() -> np.ndarray:
    """The picture, [640, 640, 3] bytes, red first."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    canvas = np.stack([40 + x * 170 // SIDE, 210 - y * 150 // SIDE, 90 + (x + y) * 70 // SIDE], axis=-1)
    canvas = canvas.astype(np.uint8)
    plates(canvas)
    stripes_and_noise(canvas)
    stop_sign(canvas, 250, 150, 84)
    ball(canvas, 330, 330, 60)
    person(canvas, 120, 250)
    person(canvas, 505, 330)
    traffic_light(canvas, 395, 60)
    bus(canvas, 60, 470)
    return canvas


def plates(canvas: np.ndarray) -> None:
    """White on blue, 94x24, and under it black on white: the corners that readers are fed."""
    canvas[0:25, 0:96] = (20, 60, 190)
    text(canvas, 6, 4, "A12345", (245, 240, 250), scale=2, gap=15)
    canvas[26:66, 0:130] = (235, 238, 225)
    text(canvas, 6, 32, "51B9347", (15, 10, 20), scale=3, gap=17, width=3)


def stripes_and_noise(canvas: np.ndarray) -> None:
    """Edges of one to eight pixels in each colour, and a patch of noise."""
    for i, step in enumerate([1, 2, 4, 8]):
        y, x = np.mgrid[0:20, 0:48]
        canvas[4 + 22 * i:24 + 22 * i, 150:198, i % 3] = ((x // step + y // step) % 2 * 255).astype(np.uint8)
    canvas[70:110, 8:104] = np.random.default_rng(2026).integers(0, 256, (40, 96, 3), dtype=np.uint8)


def disc(canvas: np.ndarray, cx: float, cy: float, radius: float, colour: tuple) -> None:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    canvas[(x - cx) ** 2 + (y - cy) ** 2 <= radius ** 2] = colour


def stop_sign(canvas: np.ndarray, cx: int, cy: int, radius: int) -> None:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    dx, dy = abs(x - cx), abs(y - cy)
    for size, colour in [(radius, (250, 250, 250)), (radius - 5, (200, 20, 30))]:
        apothem = size * 0.924
        canvas[(np.maximum(dx, dy) <= apothem) & (dx + dy <= apothem * 1.4142)] = colour
    canvas[cy + radius - 6:cy + radius + 150, cx - 5:cx + 5] = (120, 122, 128)
    text(canvas, cx - 58, cy - 24, "STOP", (250, 250, 250), scale=6, gap=30)


def ball(canvas: np.ndarray, cx: int, cy: int, radius: int) -> None:
    disc(canvas, cx, cy, radius, (240, 240, 235))
    for angle in range(0, 360, 72):
        turn = np.deg2rad(angle - 90)
        disc(canvas, cx + 0.66 * radius * np.cos(turn), cy + 0.66 * radius * np.sin(turn), radius / 5, (25, 25, 30))
    disc(canvas, cx, cy, radius / 4, (25, 25, 30))


def person(canvas: np.ndarray, cx: int, top: int) -> None:
    disc(canvas, cx, top + 20, 20, (205, 160, 130))
    disc(canvas, cx, top + 12, 19, (60, 40, 30))
    disc(canvas, cx, top + 24, 16, (205, 160, 130))
    canvas[top + 42:top + 120, cx - 28:cx + 28] = (40, 120, 60)
    canvas[top + 46:top + 118, cx - 40:cx - 28] = (35, 105, 52)
    canvas[top + 46:top + 118, cx + 28:cx + 40] = (35, 105, 52)
    canvas[top + 118:top + 130, cx - 39:cx - 29] = (205, 160, 130)
    canvas[top + 118:top + 130, cx + 29:cx + 39] = (205, 160, 130)
    canvas[top + 120:top + 205, cx - 26:cx - 3] = (35, 45, 90)
    canvas[top + 120:top + 205, cx + 3:cx + 26] = (35, 45, 90)
    canvas[top + 205:top + 215, cx - 32:cx - 3] = (20, 20, 22)
    canvas[top + 205:top + 215, cx + 3:cx + 32] = (20, 20, 22)


def traffic_light(canvas: np.ndarray, left: int, top: int) -> None:
    canvas[top:top + 130, left:left + 50] = (30, 32, 30)
    for i, colour in enumerate([(255, 40, 30), (90, 75, 20), (20, 80, 40)]):
        disc(canvas, left + 25, top + 24 + 41 * i, 16, colour)
    canvas[top + 130:top + 240, left + 21:left + 29] = (80, 80, 84)


def bus(canvas: np.ndarray, left: int, top: int) -> None:
    canvas[top:top + 110, left:left + 330] = (225, 150, 20)
    canvas[top + 12:top + 56, left + 10:left + 320] = (30, 45, 60)
    for i in range(1, 6):
        canvas[top + 12:top + 56, left + 8 + 52 * i:left + 14 + 52 * i] = (225, 150, 20)
    canvas[top + 80:top + 84, left:left + 330] = (120, 70, 10)
    for cx in [left + 60, left + 265]:
        disc(canvas, cx, top + 108, 27, (18, 18, 20))
        disc(canvas, cx, top + 108, 13, (150, 150, 155))


def text(canvas: np.ndarray, left: int, top: int, words: str, colour: tuple, scale: int, gap: int, width: int = 0) -> None:
    """Letters of five by seven cells of `scale` pixels, or `width` where they are narrower than tall."""
    for i, letter in enumerate(words):
        for row, cells in enumerate(GLYPHS[letter]):
            for column, cell in enumerate(cells):
                if cell == "1":
                    y, x = top + row * scale, left + i * gap + column * (width or scale)
                    canvas[y:y + scale, x:x + (width or scale)] = colour


def png(canvas: np.ndarray) -> bytes:
    """8-bit RGB, every row as its difference to the row above: slopes become constant."""
    height, width, _ = canvas.shape
    above = np.vstack([np.zeros((1, width, 3), np.uint8), canvas[:-1]])
    rows = np.hstack([np.full((height, 1), 2, np.uint8), (canvas - above).reshape(height, -1)])

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)) + chunk(b"IEND", b"")


def main() -> int:
    PICTURE.write_bytes(png(picture()))
    print(f"{PICTURE}: {PICTURE.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
