"""Our identity steps alone on one registry, for comparing with a linkage program: `python -m bench.bulk_linkage FOLDER SOURCE OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from plugins.big_data_check.bulk.engines import engine
from plugins.big_data_check.bulk.exact import stemmed
from plugins.big_data_check.bulk.namesakes import owners


def main() -> None:
    folder, source, out = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    with engine("duckdb", out.with_suffix(".spill")) as opened:
        people = stemmed(opened.read(folder / "people.parquet"))
        rows = opened.read(folder / "registry" / f"{source}.parquet")
        opened.write(owners(people, rows).select("row", "pid"), out)


if __name__ == "__main__":
    main()
