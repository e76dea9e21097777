"""Talks to a server of the Open Inference Protocol with the client library that its users have.

Standard input: JSON with `url`, `model`, `tensor` and `expected`, two files of little-endian float32.
Standard output: JSON, what the client was told.
"""

import json
import queue
import sys

import numpy as np
import tritonclient.grpc as client
from tritonclient.utils import InferenceServerException

asked = json.load(sys.stdin)
model = asked["model"]
server = client.InferenceServerClient(asked["url"])
metadata = server.get_model_metadata(model)
config = server.get_model_config(model).config
(wanted,) = metadata.inputs
(given,) = metadata.outputs

tensor = np.fromfile(asked["tensor"], "<f4").reshape([1, *wanted.shape[1:]])
expected = np.fromfile(asked["expected"], "<f4").reshape([1, *given.shape[1:]])


def tensor_input(values, name=wanted.name):
    tensor = client.InferInput(name, values.shape, wanted.datatype)
    tensor.set_data_from_numpy(values)
    return tensor


def refusal(call):
    try:
        call()
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return None


def answer(values):
    output = client.InferRequestedOutput(given.name)
    result = server.infer(model, [tensor_input(values)], outputs=[output], request_id="7", client_timeout=60)
    assert result.get_response().id == "7"
    return result.as_numpy(given.name)


single = answer(tensor)
pair = answer(np.concatenate([tensor, tensor[:, :, ::-1]]))

streamed = queue.Queue()
server.start_stream(lambda result, error: streamed.put((result, error)))
for _ in range(3):
    server.async_stream_infer(model, [tensor_input(tensor)])
from_stream = [streamed.get(timeout=60) for _ in range(3)]
server.stop_stream()

(statistics,) = server.get_inference_statistics(model).model_stats
json.dump(
    {
        "live": server.is_server_live(),
        "ready": server.is_server_ready() and server.is_model_ready(model),
        "input": [wanted.name, wanted.datatype, list(wanted.shape)],
        "output": [given.name, given.datatype, list(given.shape)],
        "max_batch_size": config.max_batch_size,
        "index": [entry.name for entry in server.get_model_repository_index().models],
        "equal": np.array_equal(single, expected),
        "batch_equal": pair.shape[0] == 2 and np.array_equal(pair[:1], expected) and not np.array_equal(*pair),
        "stream_equal": all(
            error is None and np.array_equal(result.as_numpy(given.name), expected) for result, error in from_stream
        ),
        "wrong_shape": refusal(lambda: answer(tensor[:, :, 1:])),
        "wrong_model": refusal(lambda: server.get_model_metadata("other")),
        "wrong_name": refusal(lambda: server.infer(model, [tensor_input(tensor, "other")])),
        "shared_memory": refusal(lambda: server.register_system_shared_memory("region", "/region", 64)),
        "too_late": refusal(lambda: server.infer(model, [tensor_input(tensor)], timeout=1)),
        "requests": statistics.inference_stats.success.count,
        "items": statistics.inference_count,
    },
    sys.stdout,
)
