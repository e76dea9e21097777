"""Whether `quantise.py` keeps what a network says: a small one of its own, quantised by every recipe from inputs of a range that
is known, beside itself in floating point. A range that was not found, a scale or a zero point that is wrong, costs most of it.

Run by the tests with the quantiser's environment; exit code 1 says what went wrong.
"""

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent))
import quantise  # noqa: E402 (beside this file)

LAYERS = 6
CHANNELS = 16
SHAPE = [1, 3, 32, 48]
# Eight bits leave 34 dB and more; ranges four times too wide leave 27, ranges cut at their half leave 8.
LEAST_DB = 30


def main():
    random = numpy.random.default_rng(20261122)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        model = folder / "model.onnx"
        onnx.save(network(random), model)
        # As cameras give it: levels from 0 to 255, neither centred nor scaled.
        inputs = [random.uniform(0, 255, SHAPE).astype("<f4") for _ in range(8)]
        tensors = []
        for number, values in enumerate(inputs):
            values.tofile(folder / f"{number}.f32")
            tensors.append({"file": str(folder / f"{number}.f32"), "shape": SHAPE})
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            quantise.main({"model": str(model), "input": "images", "tensors": tensors, "folder": str(folder)})
        lines = [json.loads(line) for line in said.getvalue().splitlines()]
        found = [line["candidate"] for line in lines if "candidate" in line]
        expect([candidate["recipe"] for candidate in found] == [name for name, _, _ in quantise.RECIPES], f"recipes: {found}")
        other = random.uniform(0, 255, SHAPE).astype("f4")
        for candidate, (name, _, kept) in zip(found, quantise.RECIPES):
            nodes = onnx.load(candidate["file"]).graph.node
            floats = sum(node.op_type == "Conv" and not dequantised(node, nodes) for node in nodes)
            expect(floats == kept, f"{name}: {floats} convolutions in float, expected {kept}")
            left = decibels(run(model, other), run(candidate["file"], other))
            print(f"{name}: {left:.1f} dB", file=sys.stderr)
            expect(left >= LEAST_DB, f"{name}: {left:.1f} dB are left, expected at least {LEAST_DB}")


def network(random):
    """Convolutions with ReLU between them, whose outputs grow and shrink from layer to layer as those of detectors do."""
    nodes, weights, before, channels = [], [], "images", SHAPE[1]
    for layer in range(LAYERS):
        gain = (0.02, 4.0, 1.0, 0.3, 2.0, 1.0)[layer]
        kernel = random.normal(0, gain / (channels * 9) ** 0.5, [CHANNELS, channels, 3, 3]).astype("f4")
        bias = random.normal(0, 0.1, [CHANNELS]).astype("f4")
        weights += [numpy_helper.from_array(kernel, f"w{layer}"), numpy_helper.from_array(bias, f"b{layer}")]
        after = f"c{layer}" if layer + 1 < LAYERS else "output"
        nodes.append(helper.make_node("Conv", [before, f"w{layer}", f"b{layer}"], [after], name=f"conv{layer}", pads=[1] * 4))
        if layer + 1 < LAYERS:
            nodes.append(helper.make_node("Relu", [after], [f"r{layer}"], name=f"relu{layer}"))
            before = f"r{layer}"
        channels = CHANNELS
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, SHAPE)
    output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, CHANNELS, *SHAPE[2:]])
    graph = helper.make_graph(nodes, "small", [images], [output], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def dequantised(node, nodes):
    """Whether the weights of a convolution come out of integers."""
    return any(node.input[1] in maker.output for maker in nodes if maker.op_type == "DequantizeLinear")


def run(file, values):
    return onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"]).run(None, {"images": values})[0]


def decibels(true, told):
    """Ratio of signal to noise."""
    return 10 * numpy.log10((true**2).sum() / ((true - told) ** 2).sum())


def expect(holds, otherwise):
    if not holds:
        raise SystemExit(otherwise)


if __name__ == "__main__":
    main()
