"""Boxes with many cameras, for the scenarios: recorded clips served as cameras, and one real box that looks at them."""

import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
CAIRN = TARGET / "release/cairn"

RULE = """
[[camera.line]]
id = "middle"
from = [0.0, 0.5]
to = [1.0, 0.5]

[[camera.rule]]
id = "crossing"
version = 1
line = "middle"
classes = ["person"]
"""


def footage(path):
    """A file of the footage: the mirror's, else the store's."""
    for folder in (os.environ.get("CAIRN_MIRROR"), ROOT / ".cairn", ROOT.parent / "shared"):
        if folder and (pathlib.Path(folder) / path).is_file():
            return pathlib.Path(folder) / path
    sys.exit(f"`{path}` is neither in CAIRN_MIRROR nor in .cairn: run `cairn datasets pull`")


def clips():
    """The folder of the clips of people, made if need be."""
    subprocess.run([ROOT / "scripts/setup.sh", "--peers"], check=True)
    subprocess.run([ROOT / "benches/peers/make-clips"], check=True)
    return ROOT / ".cairn/peers-clips"


@contextlib.contextmanager
def cameras(clip, count):
    """Addresses of `count` cameras that play `clip` in a loop."""
    subprocess.run(["cargo", "build", "--quiet", "--release", "--package", "benches", "--example", "cameras"],
                   check=True, cwd=ROOT)
    server = subprocess.Popen([TARGET / "release/examples/cameras", clip, str(count)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield list(iter(lambda: server.stdout.readline().strip(), ""))
    finally:
        server.stdin.close()
        server.wait(timeout=30)


@contextlib.contextmanager
def box(addresses, rate_hz, input_size=None):
    """A running box that looks at `addresses`, at the input size that the picture needs or at `input_size`; gives the process
    and the address of its metrics."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        text = ('[box]\nid = "scenario"\nsite = "bench"\ndata-dir = "data"\n'
                '[listen]\ngrpc = "127.0.0.1:0"\nhttp = "127.0.0.1:0"\n[delivery]\nlocal-only = true\n')
        size = f"input-size = {input_size}\n" if input_size else ""
        for number, address in enumerate(addresses, 1):
            text += f'\n[[camera]]\nid = "camera-{number}"\nurl = "{address}"\nmax-rate-hz = {rate_hz}\n{size}{RULE}'
        config = folder / "edge.toml"
        config.write_text(text)
        with open(folder / "box.log", "w") as log:
            process = subprocess.Popen([CAIRN, "run", config], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            first = process.stdout.readline()
            if not first:
                sys.exit(f"the box did not start:\n{(folder / 'box.log').read_text()}")
            yield process, json.loads(first)["http"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def machine():
    """What the figures were measured on."""
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return {"cpu": cpu.group(1) if cpu else "unknown", "cores": os.cpu_count(), "arch": os.uname().machine,
            "kernel": os.uname().release}


def metrics(address):
    """Every sample as `(name, labels) -> value`."""
    text = urllib.request.urlopen(f"http://{address}/metrics", timeout=10).read().decode()
    samples = {}
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found:
            labels = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', found.group(2) or "")))
            samples[found.group(1), labels] = float(found.group(3))
    return samples


def of_cameras(samples, name, **labels):
    """Values of `name` by camera, where all of `labels` are as given."""
    found = {}
    for (sample, own), value in samples.items():
        own = dict(own)
        if sample == name and labels.items() <= own.items():
            found[own["camera"]] = value
    return found


def rss_mb(process):
    """Memory that `process` holds now."""
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def tell(scenario, bounds, figures, held, path):
    """Prints and writes the result; gives the exit code."""
    result = {"schema": "cairn.scenario/1", "scenario": scenario, "bounds": bounds, "figures": figures, "held": held}
    text = json.dumps(result, indent=2)
    print(text)
    if path:
        path.write_text(text + "\n")
    return 0 if all(held.values()) else 2
