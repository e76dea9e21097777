"""Makes the ONNX file of a checkpoint, its probabilities calibrated on a set of made-up plates.

export.py checkpoint.pt VALIDATION --out cairn-plate-reader.onnx
"""

import argparse
import subprocess
from pathlib import Path

import numpy
import onnx
import torch
import torch.nn.functional as F
from torch import nn

from data import Crops
from network import ALPHABET, COLOURS, HEIGHT, WIDTH, Reader

OPSET = 17


class Shipped(nn.Module):
    """Bytes in, probabilities out."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def forward(self, plates):
        pictures = plates.permute(0, 3, 1, 2).float() * (1 / 255) - 0.5
        characters, colours, _ = self.reader(pictures)
        return characters.softmax(2), colours.softmax(1)


@torch.no_grad()
def logits(reader, crops):
    """Characters' and colours' of every crop, and what they should be."""
    found = []
    for start in range(0, len(crops), 200):
        pictures, characters, colours, _ = crops.batch(slice(start, min(start + 200, len(crops))))
        read, colour, _ = reader(pictures - 0.5)
        found.append((read.flatten(0, 1), characters.flatten(), colour, colours))
    return [torch.cat(parts) for parts in zip(*found, strict=True)]


def temperature(scores, classes):
    """What to divide logits by so that the probabilities hold (Guo and others, 2017)."""
    log = torch.zeros((), requires_grad=True)
    optimiser = torch.optim.LBFGS([log], lr=0.1, max_iter=60)

    def closure():
        optimiser.zero_grad()
        loss = F.cross_entropy(scores / log.exp(), classes)
        loss.backward()
        return loss

    optimiser.step(closure)
    return float(log.detach().exp())


def cooled(linear, by):
    """Divides the logits that `linear` gives, in its weights."""
    with torch.no_grad():
        linear.weight /= by
        linear.bias /= by


def commit():
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("validation", type=Path, help="what to calibrate on; never the set that is scored")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    saved = torch.load(options.checkpoint, map_location="cpu", weights_only=True)
    reader = Reader()
    reader.load_state_dict(saved["average"])
    reader.eval()
    read, characters, colour, colours = logits(reader, Crops(options.validation))
    temperatures = temperature(read, characters), temperature(colour, colours)
    cooled(reader.character, temperatures[0])
    cooled(reader.colour, temperatures[1])

    plates = torch.zeros(2, HEIGHT, WIDTH, 3, dtype=torch.uint8)
    names = ["characters", "colours"]
    torch.onnx.export(
        Shipped(reader).eval(), (plates,), str(options.out), opset_version=OPSET, dynamo=False,
        input_names=["plates"], output_names=names, dynamic_axes={name: {0: "N"} for name in ["plates", *names]},
    )  # fmt: skip
    model = onnx.load(options.out)
    notes = {
        "alphabet": ALPHABET,
        "colours": ",".join(COLOURS),
        "seed": str(saved["seed"]),
        "steps": str(saved["step"]),
        "batch": str(saved["batch"]),
        "recipe": f"models/plate-reader at {commit()}",
        "data": "cairn datasets synth plates",
        "temperatures": "characters {:.4f}, colours {:.4f}".format(*temperatures),
    }
    onnx.helper.set_model_props(model, notes)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, options.out)

    # What was exported says what was trained, for one plate and for several.
    import onnxruntime

    session = onnxruntime.InferenceSession(str(options.out), providers=["CPUExecutionProvider"])
    sample = torch.from_numpy(numpy.random.default_rng(1).integers(0, 256, (5, HEIGHT, WIDTH, 3), numpy.uint8))
    with torch.no_grad():
        expected = Shipped(reader)(sample)
    for part in (sample, sample[:1]):
        for mine, theirs in zip(session.run(names, {"plates": part.numpy()}), expected, strict=True):
            numpy.testing.assert_allclose(mine, theirs[: len(part)].numpy(), atol=1e-4)
    parameters = sum(parameter.numel() for parameter in reader.parameters())
    print(f"{options.out}: {parameters} parameters, {options.out.stat().st_size} bytes, {notes['temperatures']}")


if __name__ == "__main__":
    main()
