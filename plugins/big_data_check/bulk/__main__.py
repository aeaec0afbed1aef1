"""`python -m plugins.big_data_check.bulk FOLDER`: one run over a folder, with a progress bar and the time that is left.

FOLDER holds plan.json, people.parquet, limits.parquet and registry/<source>.parquet (`run`). A run that was killed goes on
where it stood when it is started again. In the end summary.html says how much came up in which district. The worker starts the same command with `--watched`: a JSON line for every step,
and the end of its standard input (the worker died, or cancelled) ends it.
"""

from __future__ import annotations

import argparse
import fcntl
import gc
import os
import sys
import threading
from pathlib import Path

from plugins.big_data_check.bulk.engines import engine
from plugins.big_data_check.bulk.progress import Progress, say, say_failed
from plugins.big_data_check.bulk.run import Run

BAR = 30


def main() -> int:
    options = _options()
    folder: Path = options.folder
    if not (folder / "plan.json").exists():
        sys.stderr.write(f"{folder}: no plan.json, so there is nothing to run\n")
        return 2
    if options.watched:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.disable()  # an expression is thousands of small objects, which the collector would count again and again in vain
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with engine(
            options.backend, folder / "spill", master=options.master, memory=options.memory, threads=options.threads,
            more=dict(one.split("=", 1) for one in options.set),
        ) as opened:  # fmt: skip
            try:
                Run(folder, opened, _line if options.watched else _bar)()
            except Exception as wrong:
                if not options.watched:
                    raise
                sys.stdout.write(say_failed(wrong) + "\n")
                return 1
        if not options.watched:
            # knows the plugin's tables and so half the platform: nothing to load for an engine that is only watched
            from plugins.big_data_check.bulk import outcome

            sys.stdout.write(f"各区县的数字在 {outcome.write(folder)}\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m plugins.big_data_check.bulk")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--backend", choices=("duckdb", "spark"), default="duckdb")
    parser.add_argument("--master", default="", help="the Spark cluster's address, such as spark://host:7077")
    parser.add_argument(
        "--memory", default="2GB", help="most that DuckDB keeps in memory; the rest is spilled"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--set", action="append", default=[], help="a setting of the Spark session, NAME=VALUE"
    )
    parser.add_argument("--watched", action="store_true")
    return parser.parse_args()


def _line(progress: Progress) -> None:
    sys.stdout.write(say(progress) + "\n")
    sys.stdout.flush()


def _bar(progress: Progress) -> None:
    full = BAR * progress.done // max(1, progress.total)
    left = "" if progress.seconds is None else f"还剩约 {progress.seconds:.0f} 秒"
    bar = "█" * full + "░" * (BAR - full)
    sys.stdout.write(
        f"\r{bar} {progress.done * 100 // max(1, progress.total):3d}% {progress.step} {left}\x1b[K"
    )
    sys.stdout.write("\n" if progress.step == "done" else "")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main())
