"""Made-up plates, made while they are learnt from: `cairn datasets synth plates` writes one chunk after the other."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from data import Crops

# Chunks are of seeds from here on; validation is of seeds below.
FIRST_SEED = 1000


class Chunks:
    """Chunk `i` is the set of seed `FIRST_SEED + i`; the newest `kept` of them are learnt from."""

    def __init__(self, cairn, folder, size, kept, options, is_stopped):
        """`is_stopped` is asked while a chunk is waited for; it may take its time."""
        self.cairn, self.folder, self.size, self.kept = cairn, Path(folder), size, kept
        self.options, self.is_stopped = options, is_stopped
        self.making = None
        self.folder.mkdir(parents=True, exist_ok=True)

    def window(self, last):
        """Chunks up to `last`, once they are made; `None` when stopped. The next one is begun, older ones are removed."""
        first = max(0, last + 1 - self.kept)
        for number in range(first, last + 1):
            while not self.path(number).exists():
                self.begin(number)
                while self.making[1].poll() is None:
                    if self.is_stopped():
                        return None
                    time.sleep(0.2)
                self.collect()
        for old in self.folder.glob("chunk-*"):
            if not old.suffix and int(old.name.removeprefix("chunk-")) < first:
                shutil.rmtree(old)
        self.begin(last + 1)
        return [Crops(self.path(number)) for number in range(first, last + 1)]

    def path(self, number):
        return self.folder / f"chunk-{number:06}"

    def begin(self, number):
        if self.making or self.path(number).exists():
            return
        part = self.path(number).with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        self.making = (number, make(self.cairn, part, self.size, FIRST_SEED + number, self.options))

    def collect(self):
        """Takes the chunk that is being made if it is whole."""
        if self.making and self.making[1].poll() is not None:
            number, process = self.making
            self.making = None
            finished(process, self.path(number).with_suffix(".part"), self.path(number))

    def pause(self, paused):
        if self.making and self.making[1].poll() is None:
            self.making[1].send_signal(signal.SIGSTOP if paused else signal.SIGCONT)

    def stop(self):
        if self.making:
            self.pause(False)
            self.making[1].terminate()
            self.making[1].wait()


def make(cairn, folder, size, seed, options):
    """Starts making a set; its noise goes to a file beside it."""
    command = [cairn, "datasets", "synth", "plates", "--for", "reader", "--crops-only"]
    command += ["--count", str(size), "--seed", str(seed)]
    with open(f"{folder}.log", "wb") as log:
        return subprocess.Popen([*command, *options, "--out", str(folder)], stdout=log, stderr=log)


def finished(process, part, folder):
    """Waits for `process`, prepares what it made in `part` and calls it `folder`."""
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(process.args)} failed: {Path(f'{part}.log').read_text(errors='replace')[-800:]}")
    # Reads the index once, which is kept in short.
    Crops(part)
    os.replace(part, folder)
    Path(f"{part}.log").unlink()


def fixed(cairn, folder, size, seed, options, is_stopped):
    """A set that stays, made if it is not there; `None` when stopped."""
    folder = Path(folder)
    if not folder.exists():
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        process = make(cairn, part, size, seed, options)
        while process.poll() is None:
            if is_stopped():
                process.terminate()
                process.wait()
                return None
            time.sleep(0.2)
        finished(process, part, folder)
    return Crops(folder)
