"""What a command takes: wall and processor time, the most memory, and the most it spilled to disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HOME = Path(__file__).parent
EVERY = 0.25
"""Seconds between two looks at the spill folder."""


@dataclass(frozen=True, slots=True)
class Spent:
    """`seconds` on the clock, `processor` seconds of all threads, `megabytes` of peak resident memory, `spilled` MB."""

    seconds: float
    processor: float
    megabytes: float
    spilled: float = 0.0

    def __str__(self) -> str:
        said = f"{self.seconds:.1f} s ({self.processor:.1f} s of processor), {self.megabytes:,.0f} MB"
        return f"{said}, {self.spilled:,.0f} MB spilled" if self.spilled else said


def spent(command: Sequence[str], spill: Path | None = None) -> Spent:
    """Runs it to its end; its memory is its own, whatever this process holds (`spawned`). Raises CalledProcessError with what
    the process said."""
    watch = _Watch(spill)
    figures, theirs = os.pipe()
    starter = [sys.executable, "-I", "-S", str(HOME / "spawned.py"), str(theirs), *command]
    with tempfile.TemporaryFile() as said, watch, os.fdopen(figures) as told:
        with subprocess.Popen(
            starter, stdin=subprocess.PIPE, stdout=said, stderr=said, cwd=HOME.parent, pass_fds=(theirs,)
        ) as process:
            os.close(theirs)
            line = told.read()
            code = process.wait()
        if code:
            said.seek(0)
            text = said.read().decode(errors="replace")[-2000:]
            failed = subprocess.CalledProcessError(code, command, text)
            failed.add_note(text)
            raise failed
    seconds, processor, kilobytes = map(float, line.split())
    return Spent(seconds, processor, kilobytes / 1024, watch.most)


class _Watch:
    """Keeps the most MB that lay in a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.most = 0.0
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while self._folder is not None and not self._over.wait(EVERY):
            self.most = max(self.most, _megabytes(self._folder))


def _megabytes(folder: Path) -> float:
    total = 0
    for path in folder.glob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # DuckDB removed it meanwhile
            continue
    return total / 1e6
