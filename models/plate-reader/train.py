"""Trains the reader from made-up plates. Start it again to go on; SIGTERM and SIGINT save and end it.

scripts/train-plate-reader sets the environment up and calls this; README.md tells what comes out.
"""

import argparse
import copy
import json
import os
import signal
import time
from pathlib import Path

# Others may use the processor: a thread that waits for another sleeps.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402

from chunks import Chunks, fixed  # noqa: E402
from data import augmented, places_of  # noqa: E402
from network import COLOURS, Reader  # noqa: E402
from score import Tally  # noqa: E402

WARM_UP = 400
# The last part of the steps, in which the rate goes down to nothing.
COOLING = 0.25
# What is learnt from: crops as corners give them, some that are further off, and some as upright boxes give them.
LEARNT = ["--country", "vn,vn,cn,cn,br,eu", "--no-plate", "0.04", "--corner-error", "1.3", "--upright", "0.15"]
# Sets of their own seeds: progress is watched on the first two, the export is calibrated on the third.
JUDGED = ["--country", "vn,cn,br,eu", "--no-plate", "0.04"]
SETS = {
    "validation-spoilt": (1, [*JUDGED, "--spoil", "1"]),
    "validation-clean": (2, [*JUDGED, "--spoil", "0"]),
    "calibration": (3, [*JUDGED, "--spoil", "1"]),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoint, log and sets")
    parser.add_argument("--cairn", default="target/release/cairn", help="the binary that makes plates")
    parser.add_argument("--steps", type=int, default=240_000, help="in all; the last quarter cools down")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=1.5e-3, help="learning rate")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--chunk", type=int, default=20_000, help="crops in a chunk")
    parser.add_argument("--kept", type=int, default=6, help="chunks that are learnt from at a time")
    parser.add_argument("--reuse", type=float, default=3.0, help="how often a crop is seen, on average")
    parser.add_argument("--validate-every", type=int, default=4000, help="steps")
    parser.add_argument("--save-every", type=float, default=120.0, help="seconds")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--pause-while", type=Path, help="nothing is computed while this file exists")
    return parser.parse_args()


class Training:
    def __init__(self, options):
        self.options = options
        torch.set_num_threads(options.threads)
        torch.manual_seed(options.seed)
        self.network = Reader().to(options.device, memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval().requires_grad_(False)
        decayed = [p for p in self.network.parameters() if p.dim() > 1]
        others = [p for p in self.network.parameters() if p.dim() <= 1]
        groups = [{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}]
        self.optimiser = torch.optim.AdamW(groups, lr=options.rate)
        self.step = 0
        self.stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.asked_to_stop)

    def asked_to_stop(self, *_):
        self.stopping = True

    @property
    def checkpoint(self):
        return self.options.work / "checkpoint.pt"

    def resume(self):
        if self.checkpoint.exists():
            saved = torch.load(self.checkpoint, map_location=self.options.device, weights_only=True)
            self.network.load_state_dict(saved["network"])
            self.average.load_state_dict(saved["average"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]

    def save(self):
        part = self.checkpoint.with_suffix(".part")
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seed": self.options.seed,
            "batch": self.options.batch,
        }
        torch.save(state, part)
        os.replace(part, self.checkpoint)

    def rate(self):
        left = (self.options.steps - self.step) / (COOLING * self.options.steps)
        return self.options.rate * min(1.0, (self.step + 1) / WARM_UP, max(0.0, left))

    def learn(self, crops):
        """One step. What it draws depends on the seed and the step alone, so that a run that was stopped goes on as if it
        had not been."""
        options = self.options
        generator = torch.Generator().manual_seed((options.seed << 32) + self.step)
        chunk = crops[torch.randint(len(crops), (), generator=generator).item()]
        rows = torch.randint(len(chunk), (options.batch,), generator=generator).sort().values.numpy()
        pictures, characters, colours, boxes = chunk.batch(rows)
        pictures, boxes = augmented(pictures, boxes, generator)
        inputs = (pictures - 0.5).to(options.device, memory_format=torch.channels_last)
        characters, colours = characters.to(options.device), colours.to(options.device)
        places = places_of(boxes).to(options.device)
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        with torch.autocast(torch.device(options.device).type, torch.bfloat16):
            read, colour, weights = self.network(inputs)
        reading = F.cross_entropy(read.float().flatten(0, 1), characters.flatten())
        colouring = F.cross_entropy(colour.float(), colours)
        # Half of the heads are told where the character is; the others look where they like.
        told = weights[:, : weights.shape[1] // 2].mean(1)
        placed = places.amax(2) > 0.5
        looking = -((told * places).sum(2)[placed] + 1e-4).log().mean() if placed.any() else told.new_zeros(())
        loss = reading + 0.1 * colouring + 0.1 * looking
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        self.follow()
        return torch.stack([reading.detach(), colouring.detach(), looking.detach()])

    @torch.no_grad()
    def follow(self):
        """The average of the weights, which is what is exported."""
        keep = min(0.9995, (self.step + 1) / (self.step + 10))
        for mine, theirs in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mine.lerp_(theirs, 1 - keep)
        for mine, theirs in zip(self.average.buffers(), self.network.buffers(), strict=True):
            if mine.is_floating_point():
                mine.lerp_(theirs, 1 - keep)
            else:
                mine.copy_(theirs)

    @torch.no_grad()
    def validate(self, sets):
        scores = {}
        for name, crops in sets.items():
            tally = Tally()
            for start in range(0, len(crops), 200):
                rows = list(range(start, min(start + 200, len(crops))))
                pictures, characters, colours, _ = crops.batch(rows)
                inputs = (pictures - 0.5).to(self.options.device, memory_format=torch.channels_last)
                read, colour, _ = self.average(inputs)
                tally.add(read.softmax(2).cpu().numpy(), characters.numpy(), crops.kinds[rows])
                tally.colours(colour.cpu().numpy().argmax(1), colours.numpy())
                if self.pause() or self.stopping:
                    return None
            scores[name] = tally.scores()
        return scores

    def pause(self):
        """Waits while it is asked to; whether it is to end."""
        path = self.options.pause_while
        if path and path.exists():
            self.chunks.pause(True)
            while path.exists() and not self.stopping:
                time.sleep(1)
            self.chunks.pause(False)
        return self.stopping

    def run(self):
        options = self.options
        options.work.mkdir(parents=True, exist_ok=True)
        self.resume()
        self.chunks = Chunks(options.cairn, options.work / "chunks", options.chunk, options.kept, LEARNT, self.pause)
        sets = {
            name: fixed(options.cairn, options.work / name, 4000, seed, flags, self.pause)
            for name, (seed, flags) in SETS.items()
        }
        if self.stopping:
            return
        del sets["calibration"]
        round_steps = int(options.chunk * options.reuse / options.batch)
        crops, window, sums, since, saved = None, None, torch.zeros(3), 0, time.monotonic()
        with open(options.work / "log.jsonl", "a", encoding="utf-8") as log:

            def note(**what):
                log.write(json.dumps(what) + "\n")
                log.flush()

            while self.step < options.steps and not self.pause():
                self.chunks.collect()
                if window != self.step // round_steps:
                    window = self.step // round_steps
                    crops = self.chunks.window(window)
                    if crops is None:
                        break
                sums += self.learn(crops).cpu()
                since += 1
                if self.step % 200 == 0:
                    reading, colouring, looking = (round(value, 4) for value in (sums / since).tolist())
                    note(step=self.step, reading=reading, colouring=colouring, looking=looking, at=int(time.time()))
                    sums, since = torch.zeros(3), 0
                if self.step % options.validate_every == 0 and (scores := self.validate(sets)):
                    note(step=self.step, **scores)
                if options.save_every < time.monotonic() - saved:
                    self.save()
                    saved = time.monotonic()
        self.chunks.stop()
        self.save()


if __name__ == "__main__":
    Training(arguments()).run()
