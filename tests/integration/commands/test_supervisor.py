"""Children of the demo with real processes: crash, hang, leave children behind, survive a killed supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from core.demo.supervisor import GivesUp, Program, Supervisor

FOREVER = "import time\nwhile True: time.sleep(1)"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n" + FOREVER
WITH_A_WORKER = f"import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', {FOREVER!r}]).pid, flush=True)\n{FOREVER}"


def a_program(code: str, name: str = "web", **environment: str) -> Program:
    return Program(name, "网页服务", (sys.executable, "-c", code), environment)


def eventually(true: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def alive(pid: int | None) -> bool:
    try:
        return pid is not None and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextmanager
def watched(supervisor: Supervisor) -> Iterator[None]:
    stopped = threading.Event()
    thread = threading.Thread(target=supervisor.watch, args=(stopped, 0.02))
    supervisor.start()
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
        supervisor.stop()


def test_a_crashed_child_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor([a_program(FOREVER)], tmp_path, said.append)
    with watched(supervisor):
        first = supervisor.children[0].pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: supervisor.children[0].pid not in (None, first))
        assert alive(supervisor.children[0].pid)
    assert "网页服务意外退出（-9）" in said[0]


def test_workers_of_a_killed_child_are_ended_with_it(tmp_path: Path) -> None:
    supervisor = Supervisor([a_program(WITH_A_WORKER)], tmp_path, lambda _: None)
    with watched(supervisor):
        log = supervisor.children[0].log
        assert eventually(lambda: log.read_text().strip())
        worker = int(log.read_text().split()[0])
        assert alive(worker)
        os.kill(supervisor.children[0].pid or 0, signal.SIGKILL)
        assert eventually(lambda: not alive(worker))


def test_a_child_that_ignores_the_polite_signal_is_ended(tmp_path: Path) -> None:
    supervisor = Supervisor([a_program(DEAF)], tmp_path, lambda _: None, patience=0.2)
    supervisor.start()
    pid = supervisor.children[0].pid
    assert eventually(lambda: "ready" in supervisor.children[0].log.read_text())
    supervisor.stop()
    assert not alive(pid)
    assert list(tmp_path.glob("*.pid")) == []


def test_a_child_that_cannot_run_is_given_up_with_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(
        [a_program("raise SystemExit('no database')")], tmp_path, lambda _: None, most_crashes=2
    )
    supervisor.start()
    with pytest.raises(GivesUp, match=r"连续 2 次启动后退出.*web\.log"):
        supervisor.watch(threading.Event(), 0.02)
    supervisor.stop()
    assert "no database" in supervisor.children[0].log.read_text()


def test_what_a_killed_supervisor_left_is_ended_at_the_next_start(tmp_path: Path) -> None:
    abandoned = Supervisor([a_program(FOREVER)], tmp_path, lambda _: None)
    abandoned.start()
    orphan = abandoned.children[0].pid
    successor = Supervisor([a_program(FOREVER)], tmp_path, lambda _: None)
    successor.start()
    assert eventually(lambda: not alive(orphan))
    assert alive(successor.children[0].pid)
    successor.stop()
    abandoned.stop()


def test_a_stranger_with_the_noted_number_is_left_alone(tmp_path: Path) -> None:
    """Process numbers are used again: only the process that was noted may be ended."""
    with subprocess.Popen([sys.executable, "-c", FOREVER], start_new_session=True) as stranger:
        (tmp_path / "web.pid").write_text(f'{{"pid": {stranger.pid}, "created": 1.0}}')
        supervisor = Supervisor([a_program(FOREVER)], tmp_path, lambda _: None)
        assert supervisor.children[0].end_leftover() is False
        assert alive(stranger.pid)
        stranger.kill()


def test_chores_are_done_while_children_run(tmp_path: Path) -> None:
    done = threading.Event()
    with watched(Supervisor([a_program(FOREVER)], tmp_path, lambda _: None, chores=[done.set])):
        assert done.wait(5)


def test_children_are_given_their_environment(tmp_path: Path) -> None:
    code = "import os; print(os.environ['ZHUNBAO_DEMO'], flush=True)\n" + FOREVER
    supervisor = Supervisor([a_program(code, ZHUNBAO_DEMO="1")], tmp_path, lambda _: None)
    with watched(supervisor):
        assert eventually(lambda: "1" in supervisor.children[0].log.read_text())
