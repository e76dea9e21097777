"""Static quantisation of an ONNX detector to int8 with ONNX Runtime's own tools.

Called by `cairn models quantise` as `quantise.py JOB.json`, where the job holds
  model    the ONNX file to quantise
  input    name of its input
  tensors  calibration inputs: [{"file": raw little-endian float32, "shape": [1, 3, height, width]}, ...]
  folder   where the results go
Each line on standard output is one JSON object: {"progress": text} or {"candidate": {"recipe", "what", "file"}}. All else
goes to standard error. Whether a candidate is any good is for the caller to find out.
"""

import json
import logging
import platform
import sys
from pathlib import Path

import numpy
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

# The oldest opset whose QuantizeLinear takes a scale for each channel.
PER_CHANNEL_OPSET = 13
PERCENTILE = 99.99

# Name, how ranges are found, and how many convolutions back from each output stay in float: the last ones give logits and
# distances, whose range is wide and whose errors become errors of scores and boxes at once.
RECIPES = [
    ("last-float", CalibrationMethod.MinMax, 1),
    ("last-float-percentile", CalibrationMethod.Percentile, 1),
    ("last-three-float", CalibrationMethod.MinMax, 3),
]


class Tensors(CalibrationDataReader):
    """Reads one file at a time; ONNX Runtime asks for ranges, because it keeps what a range gave until its end."""

    def __init__(self, name, tensors):
        self.name, self.tensors = name, tensors
        self.set_range(0, len(tensors))

    def __len__(self):
        return len(self.tensors)

    def set_range(self, start_index, end_index):
        self.left = iter(self.tensors[start_index:end_index])

    def get_next(self):
        tensor = next(self.left, None)
        if tensor is None:
            return None
        values = numpy.fromfile(tensor["file"], dtype="<f4").reshape(tensor["shape"])
        return {self.name: values}


def main(job):
    answers, sys.stdout = sys.stdout, sys.stderr
    logging.getLogger().setLevel(logging.ERROR)

    def say(**what):
        print(json.dumps(what), file=answers, flush=True)

    folder = Path(job["folder"])
    converted, prepared = folder / "converted.onnx", folder / "prepared.onnx"
    say(progress="preparing the graph")
    onnx.save(with_opset(job["model"]), converted)
    quant_pre_process(str(converted), str(prepared), skip_symbolic_shape=True)
    graph = onnx.load(prepared).graph
    tensors = Tensors(job["input"], job["tensors"])
    for name, method, depth in RECIPES:
        kept = output_side(graph, depth)
        say(progress=f"quantising by recipe {name}: {len(tensors)} inputs, {len(kept)} of {len(graph.node)} nodes in float")
        file = folder / f"{name}.onnx"
        tensors.set_range(0, len(tensors))
        quantize_static(
            str(prepared),
            str(file),
            tensors,
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            # Without a dot product of its own the processor adds pairs of products in 16 bits, which 8-bit weights overflow.
            reduce_range=is_x86() and not has_vnni(),
            activation_type=QuantType.QUInt8 if is_x86() else QuantType.QInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=kept,
            calibrate_method=method,
            # Ranges do not depend on which nodes are quantised.
            calibration_cache_path=str(folder / f"ranges-{method.name}.json"),
            extra_options={
                "CalibStridedMinMax": 1,
                "CalibPercentile": PERCENTILE,
                "CalibTensorRangeSymmetric": False,
            },
        )
        what = f"QDQ, weights per channel, ranges by {method.name}, last {depth} convolution(s) of each path in float"
        say(candidate={"recipe": name, "what": what, "file": str(file)})


def with_opset(file):
    model = onnx.load(file)
    if any("QuantizeLinear" in node.op_type or node.op_type.startswith("QLinear") for node in model.graph.node):
        raise SystemExit("the model is quantised already, expected one in floating point")
    opset = next(opset for opset in model.opset_import if opset.domain in ("", "ai.onnx"))
    if opset.version < PER_CHANNEL_OPSET:
        model = onnx.version_converter.convert_version(model, PER_CHANNEL_OPSET)
    return model


def output_side(graph, depth):
    """Names of the nodes on the way back from the outputs, up to and with the `depth`-th convolution of each path."""
    maker = {output: node for node in graph.node for output in node.output}
    passed = {}
    waiting = [(output.name, 0) for output in graph.output]
    while waiting:
        tensor, convolutions = waiting.pop()
        node = maker.get(tensor)
        if node is None:
            continue
        convolutions += node.op_type in ("Conv", "ConvTranspose", "MatMul", "Gemm")
        # A node on several paths is as near to an output as the shortest of them.
        if passed.get(node.name, depth + 1) <= convolutions:
            continue
        passed[node.name] = convolutions
        if convolutions < depth:
            waiting.extend((name, convolutions) for name in node.input)
    return sorted(passed)


def is_x86():
    return platform.machine() in ("x86_64", "AMD64")


def has_vnni():
    flags = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    return "avx512_vnni" in flags or "avx_vnni" in flags


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
