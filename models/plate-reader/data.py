"""Sets of made-up plates as a reader learns from them, and what else happens to a crop on its way."""

import json
import math
from pathlib import Path

import numpy
import torch
import torch.nn.functional as F

from network import ALPHABET, COLUMNS, EMPTY, HEIGHT, LINE_BREAK, ROWS, SLOTS, STRIDE, WIDTH


class Crops:
    """One folder that `cairn datasets synth plates --for reader` wrote."""

    def __init__(self, folder):
        folder = Path(folder)
        self.pictures = numpy.load(folder / "crops.npy", mmap_mode="r")
        self.characters, self.colours = numpy.load(folder / "labels.npy"), numpy.load(folder / "colours.npy")
        known = folder / "known.npz"
        if not known.exists():
            boxes, kinds = read_index(folder / "index.jsonl", self.characters)
            numpy.savez(known, boxes=boxes, kinds=kinds)
        with numpy.load(known) as read:
            self.boxes, self.kinds = read["boxes"], read["kinds"]
        lengths = {len(part) for part in (self.pictures, self.characters, self.colours, self.boxes)}
        if len(lengths) != 1 or self.characters.shape[1:] != (SLOTS,) or self.characters.max() > EMPTY:
            raise SystemExit(f"{folder}: crops, labels, colours and index do not go together")

    def __len__(self):
        return len(self.pictures)

    def batch(self, rows):
        """Pictures `[n, 3, 64, 160]` in [0, 1], classes `[n, 12]`, colours `[n]`, boxes `[n, 12, 4]`."""
        # A copy: the file is not to be written to.
        pictures = torch.from_numpy(numpy.array(self.pictures[rows])).permute(0, 3, 1, 2)
        return (
            pictures.float() / 255,
            torch.from_numpy(self.characters[rows]).long(),
            torch.from_numpy(self.colours[rows]).long(),
            torch.from_numpy(self.boxes[rows]).float(),
        )


def read_index(path, characters):
    """Boxes of the slots (NaN where a slot has none) and kind, country and lines, of every line of an index, whose texts are
    held against `characters`, the classes."""
    boxes, kinds = [], []
    with open(path, encoding="utf-8") as lines:
        for line, classes in zip(lines, characters, strict=True):
            label = json.loads(line)
            text = "".join(ALPHABET[place] for place in classes if place != EMPTY)
            if text != LINE_BREAK.join(label["lines"]):
                raise SystemExit(f"{path}: classes of {label['lines']} say `{text}`: another alphabet than ours")
            places = [(math.nan,) * 4] * SLOTS
            for place, character in enumerate(label.get("characters", [])):
                # The line break before the second line has a slot too.
                places[place + character["line"]] = tuple(character["at"])
            boxes.append(places)
            kinds.append(f"{label['country']} {len(label['lines'])}" if label["lines"] else "no plate")
    return numpy.array(boxes, numpy.float16), numpy.array(kinds)


def places_of(boxes):
    """Share of each feature's cell that a slot's character covers, `[n, 12, 160]`; all 0 for a slot without one."""

    def covered(low, high, cells):
        # A box is off by what the locator is off, so that it is taken a little wider.
        low, high = low - 3, high + 3
        start = torch.arange(cells) * STRIDE
        return (torch.minimum(high[..., None], start + STRIDE) - torch.maximum(low[..., None], start)).clamp(
            0, STRIDE
        ) / STRIDE

    boxes = torch.nan_to_num(boxes, nan=-1e4)
    across = covered(boxes[..., 0], boxes[..., 2], COLUMNS)
    down = covered(boxes[..., 1], boxes[..., 3], ROWS)
    return (down[..., :, None] * across[..., None, :]).flatten(2)


def augmented(pictures, boxes, generator):
    """Crops as worse locators, lenses and light would have made them, and where the characters are then."""
    pictures, boxes = moved(pictures, boxes, generator)
    pictures = coarsened(pictures, generator)
    return in_other_light(pictures, generator), boxes


def uniform(generator, low, high, *shape):
    return low + (high - low) * torch.rand(*shape, generator=generator)


def moved(pictures, boxes, generator):
    """Turned, sheared, grown and shifted, as crops by an upright box are; a third stays as it was."""
    moves = torch.nonzero(torch.rand(len(pictures), generator=generator) < 0.65)[:, 0]
    n = len(moves)
    # Small ones are common, large ones are not.
    angle, shear = ((uniform(generator, -1, 1, n) * uniform(generator, 0, 1, n)) * most for most in (0.16, 0.25))
    grown = [uniform(generator, 0.95, 1.06 + 0.22 * uniform(generator, 0, 1, 1).item(), n) for _ in range(2)]
    shift = [(grow - 0.95) * uniform(generator, -0.8, 0.8, n) for grow in grown]
    # Source from crop, in half widths and half heights. A turn is one in pixels.
    aspect = HEIGHT / WIDTH
    matrix = torch.zeros(n, 2, 3)
    matrix[:, 0, 0], matrix[:, 0, 1], matrix[:, 0, 2] = grown[0], (shear - angle) * aspect, shift[0]
    matrix[:, 1, 0], matrix[:, 1, 1], matrix[:, 1, 2] = angle / aspect * 0.6, grown[1], shift[1]
    grid = F.affine_grid(matrix, [n, 3, HEIGHT, WIDTH], align_corners=False)
    pictures[moves] = F.grid_sample(pictures[moves], grid, padding_mode="border", align_corners=False)
    # Where a middle goes: the matrix the other way round. Sizes only shrink.
    half = torch.tensor([WIDTH / 2, HEIGHT / 2])
    moved_boxes = boxes[moves]
    middle = (moved_boxes[..., :2] + moved_boxes[..., 2:]) / 2 / half - 1 - matrix[:, None, :, 2]
    middle = torch.linalg.solve(matrix[:, None, :, :2], middle.nan_to_num(1e4)[..., None])[..., 0]
    middle = torch.where(moved_boxes[..., :2].isnan(), math.nan, (middle + 1) * half)
    size = (moved_boxes[..., 2:] - moved_boxes[..., :2]) / matrix[:, None, [0, 1], [0, 1]] / 2
    boxes[moves] = torch.cat((middle - size, middle + size), 2)
    return pictures, boxes


def coarsened(pictures, generator):
    """A third of the crops with fewer pixels, some out of focus, some of square blocks."""
    n = len(pictures)
    order = torch.randperm(n, generator=generator)
    for part in order[: n // 3].split(max(1, n // 12)):
        width = int(uniform(generator, 44, 130, 1).item())
        height = int(uniform(generator, 18, 50, 1).item())
        small = F.interpolate(pictures[part], (height, width), mode="bilinear", antialias=True, align_corners=False)
        mode = "nearest" if torch.rand(1, generator=generator).item() < 0.15 else "bilinear"
        corners = None if mode == "nearest" else False
        pictures[part] = F.interpolate(small, (HEIGHT, WIDTH), mode=mode, align_corners=corners)
    part = order[n // 3 : n // 2]
    sharp = uniform(generator, -0.6, 1, len(part), 1, 1, 1)
    blurred = F.avg_pool2d(pictures[part], 3, 1, 1, count_include_pad=False)
    pictures[part] += sharp * (blurred - pictures[part])
    return pictures


def in_other_light(pictures, generator):
    """Brightness, contrast, exponent, tint, noise, and a patch that is hidden."""
    n = len(pictures)
    one = (n, 1, 1, 1)
    if torch.rand(1, generator=generator).item() < 0.5:
        pictures = pictures.clamp(0, 1) ** uniform(generator, 0.7, 1.5, *one)
    contrast = uniform(generator, 0.6, 1.25, *one)
    middle = uniform(generator, 0.3, 0.7, *one)
    pictures = (pictures - middle) * contrast + middle + uniform(generator, -0.12, 0.12, *one)
    pictures = pictures * uniform(generator, 0.94, 1.06, n, 3, 1, 1)
    noisy = torch.nonzero(torch.rand(n, generator=generator) < 0.6)[:, 0]
    strength = uniform(generator, 0, 0.07, len(noisy), 1, 1, 1)
    pictures[noisy] += strength * torch.randn((len(noisy), *pictures.shape[1:]), generator=generator)
    for i in torch.nonzero(torch.rand(n, generator=generator) < 0.08)[:, 0].tolist():
        x, y = (torch.rand(2, generator=generator) * torch.tensor([WIDTH - 8.0, HEIGHT - 6.0])).int().tolist()
        wide, high = (torch.rand(2, generator=generator) * torch.tensor([10.0, 10.0])).int().tolist()
        pictures[i, :, y : y + high, x : x + wide] = torch.rand(3, 1, 1, generator=generator)
    return pictures.clamp(0, 1)
