"""`python -m bench [name …]`: run the benchmarks named, or all; print the table, merge into results.json.

Exit code 1 when a target is missed, so that a slow change is noticed.
"""

from __future__ import annotations

import signal
import sys
from importlib import import_module

from bench.measurement import RESULTS, Measurement, merge, table

BENCHMARKS = (
    "permission_check",
    "cast_ballot",
    "public_posting",
    "panel_evening",
    "flatness",
    "simulated_round",
    "notices",
    "interactive_check",
    "bulk_check",
)


def run(names: tuple[str, ...]) -> list[Measurement]:
    """Raises SystemExit for a name that is no benchmark."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise SystemExit(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    measured: list[Measurement] = []
    for name in names or BENCHMARKS:
        print(f"measuring {name} …", flush=True)
        measured += import_module(f"bench.{name}").measure()
    return measured


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and databases are taken down
    measured = run(tuple(sys.argv[1:]))
    print(f"\n{table(measured)}\n\n" + "\n".join(f"{m.name}: {m.detail}" for m in measured if m.detail))
    merge(measured)
    print(f"\nwritten to {RESULTS.name}")
    return 0 if all(m.met is not False for m in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
