"""What a command takes is its own, whatever the program that starts it holds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bench.spending import spent

MB = 1024 * 1024


def test_the_memory_of_whoever_starts_a_command_is_not_the_commands() -> None:
    held = bytearray(300 * MB)
    held[::4096] = bytes(len(held[::4096]))

    quiet = spent([sys.executable, "-c", "pass"])
    loud = spent([sys.executable, "-c", f"bytearray({200 * MB})"])

    assert quiet.megabytes < 60
    assert 200 < loud.megabytes < 260
    assert len(held) == 300 * MB


def test_processor_time_is_that_of_the_command() -> None:
    asleep = spent([sys.executable, "-c", "import time; time.sleep(0.3)"])

    assert asleep.seconds >= 0.3
    assert asleep.processor < 0.3


def test_a_command_that_fails_is_told_with_what_it_said() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        spent([sys.executable, "-c", "import sys; print('no such folder'); sys.exit(3)"])

    assert failed.value.returncode == 3
    assert "no such folder" in failed.value.output


def test_a_command_that_was_killed_is_told_too() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        spent([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"])
