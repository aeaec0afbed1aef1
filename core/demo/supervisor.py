"""Child processes kept running on one machine: started, restarted when they crash, stopped in order.

    start ─▶ running ─ crash ─▶ waiting (0.5 s, doubled each time, at most 30 s) ─▶ running …
                 └─ stop: SIGTERM, after `patience` SIGKILL to all that is left of the child's process group

Each child leads a process group of its own, so that Ctrl-C reaches only the supervisor, and leaves a note of itself
in the run folder, so that what survived a killed supervisor is found and ended at the next start.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY = 60.0
"""Seconds a child must have run for its earlier crashes to be forgotten."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `name` for files, `title` for people, `environment` on top of ours."""

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


class GivesUp(Exception):
    """A child that crashes again and again; says which, and which log tells why."""


class Child:
    """One program's process. Its output goes to `<run folder>/<name>.log`."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.program = program
        self.log = folder / f"{program.name}.log"
        self._note = folder / f"{program.name}.pid"
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._resume_at = 0.0
        self.crashes = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process, ending what an earlier supervisor left behind of it."""
        self.end_leftover()
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is ours
                self.program.command,
                env={**os.environ, **self.program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started = time.monotonic()
        self._note.write_text(json.dumps({"pid": self._process.pid, "created": _created(self._process.pid)}))

    def tend(self) -> int | None:
        """Notice a crash and restart after a pause; returns the exit code when it has just crashed."""
        if self._process is None:
            if time.monotonic() >= self._resume_at:
                self.start()
            return None
        code = self._process.poll()
        if code is None:
            return None
        _end_group(self._process.pid)
        self.crashes = 1 if time.monotonic() - self._started > STEADY else self.crashes + 1
        self._resume_at = time.monotonic() + min(FIRST_PAUSE * 2 ** (self.crashes - 1), LONGEST_PAUSE)
        self._process = None
        return code

    def stop(self, patience: float) -> None:
        """Ask it to end; after `patience` seconds, end it and all its children."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
            _end_group(self._process.pid)
            self._process.wait()
            self._process = None
        self._note.unlink(missing_ok=True)

    def end_leftover(self) -> bool:
        """End the process an earlier supervisor noted, if it still is that process; tells whether there was one."""
        try:
            noted = json.loads(self._note.read_text())
            alive = bool(abs(_created(noted["pid"]) - noted["created"]) < 1)
        except (OSError, ValueError, KeyError, psutil.Error):
            alive = False
        if alive:
            _end_group(noted["pid"])
            psutil.wait_procs(
                [psutil.Process(noted["pid"])] if psutil.pid_exists(noted["pid"]) else [], timeout=5
            )
        self._note.unlink(missing_ok=True)
        return alive


class Supervisor:
    """Keeps programs running until told to stop. `chores` are called about once a second (the database's own watch)."""

    def __init__(
        self,
        programs: Iterable[Program],
        folder: Path,
        say: Say,
        *,
        chores: Iterable[Callable[[], None]] = (),
        patience: float = 10.0,
        most_crashes: int = 5,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.children = [Child(program, folder) for program in programs]
        self._say = say
        self._chores = tuple(chores)
        self._patience = patience
        self._most_crashes = most_crashes

    def start(self) -> None:
        for child in self.children:
            child.start()

    def watch(self, stopped: threading.Event, pause: float = 0.2) -> None:
        """Restart what crashes until `stopped` is set. Raises GivesUp when a child cannot be kept running."""
        next_chores = 0.0
        while not stopped.wait(pause):
            for child in self.children:
                self._tend(child)
            if time.monotonic() >= next_chores:
                for chore in self._chores:
                    chore()
                next_chores = time.monotonic() + 1

    def stop(self) -> None:
        """Stop all, last started first."""
        for child in reversed(self.children):
            child.stop(self._patience)

    def _tend(self, child: Child) -> None:
        code = child.tend()
        if code is None:
            return
        if child.crashes >= self._most_crashes:
            raise GivesUp(
                f"{child.program.title}连续 {child.crashes} 次启动后退出，已停止重试。"
                f"原因在日志的最后几行：{child.log}"
            )
        self._say(f"{child.program.title}意外退出（{code}），正在重新启动。日志：{child.log}")


def _created(pid: int) -> float:
    return float(psutil.Process(pid).create_time())


def _end_group(leader: int) -> None:
    """Whatever is left of a child's process group: a server's own workers outlive a killed leader."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
