"""Starts one command and writes what it took to a file descriptor: `python -I -S spawned.py FD COMMAND…`.

A process of its own, and a small one: of a process the kernel counts as its peak also what whoever started it held at that
moment, so that a command started by a program with the data of a province in memory would be charged for all of it.
"""

from __future__ import annotations

import os
import sys
import time


def main() -> int:
    """Writes wall seconds, processor seconds and peak kB, and ends as the command did."""
    out, command = int(sys.argv[1]), sys.argv[2:]
    os.set_inheritable(out, False)
    began = time.monotonic()
    _, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
    seconds = time.monotonic() - began
    os.write(out, f"{seconds} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}".encode())
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
