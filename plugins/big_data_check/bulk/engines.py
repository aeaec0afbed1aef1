"""Where the expressions run: DuckDB in this process, or a Spark cluster. Both read and write Parquet; nothing else differs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import ibis

ibis.options.sql.fuse_selects = False
_NO_MORE: Mapping[str, str] = {}


class Engine(Protocol):
    """`version` changes whenever digests of an earlier run can no longer be compared. `scatters`: in a join, rows without a
    key would all meet at one worker, and are given keys of their own that nobody has; else they are best left without."""

    scatters: bool

    @property
    def version(self) -> str: ...

    def read(self, path: Path) -> ibis.Table:
        """A Parquet file, or a folder of them."""
        ...

    def held(self, table: ibis.Table) -> AbstractContextManager[ibis.Table]:
        """The same, worked out once and kept at hand for whatever reads it again and again."""
        ...

    def write(self, table: ibis.Table, path: Path) -> None:
        """Whole or not at all: a step that was killed leaves no file that looks finished."""
        ...


class DuckDB:
    """Bounded by `memory` (such as `2GB`); what does not fit is spilled into `spill`."""

    scatters = False

    def __init__(self, spill: Path, *, memory: str = "2GB", threads: int = 2) -> None:
        self._con = ibis.duckdb.connect(
            memory_limit=memory, threads=threads, temp_directory=str(spill), preserve_insertion_order=False
        )

    @property
    def version(self) -> str:
        return f"duckdb {self._con.version}"

    def read(self, path: Path) -> ibis.Table:
        return self._con.read_parquet(str(path / "*.parquet") if path.is_dir() else str(path))

    @contextmanager
    def held(self, table: ibis.Table) -> Iterator[ibis.Table]:
        name = f"held_{uuid4().hex}"
        try:
            self._con.raw_sql(
                f'CREATE TEMP TABLE "{name}" AS {self._con.compile(table)}'
            )  # Ibis's own writes it twice over
            yield self._con.table(name)
        finally:
            self._con.raw_sql(
                f'DROP TABLE IF EXISTS "{name}"'
            )  # Ibis's own drop_table loses the name with newer sqlglots

    def write(self, table: ibis.Table, path: Path) -> None:
        unfinished = _beside(path)
        self._con.to_parquet(table, str(unfinished))
        _finish(unfinished, path)

    def close(self) -> None:
        self._con.disconnect()


class Spark:
    """`master` is the cluster's address. Its workers must see the run's folder under the same path."""

    scatters = True

    def __init__(
        self, master: str, *, memory: str = "1g", partitions: int = 4, more: Mapping[str, str] = _NO_MORE
    ) -> None:
        from pyspark.sql import SparkSession

        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        builder: Any = SparkSession.builder
        settings = {
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false",
            "spark.executor.memory": memory, "spark.driver.memory": memory,
            "spark.sql.shuffle.partitions": str(partitions), "spark.sql.session.timeZone": "UTC",
            **more,
        }  # fmt: skip
        for name, value in settings.items():
            builder = builder.config(name, value)
        self._session = builder.master(master).appName("zhunbao-bulk").getOrCreate()
        self._session.sparkContext.setLogLevel("ERROR")
        self._con = ibis.pyspark.connect(self._session)

    @property
    def version(self) -> str:
        return f"spark {self._con.version}"

    def read(self, path: Path) -> ibis.Table:
        return self._con.read_parquet(str(path))

    def held(self, table: ibis.Table) -> AbstractContextManager[ibis.Table]:
        kept: AbstractContextManager[ibis.Table] = table.cache()
        return kept

    def write(self, table: ibis.Table, path: Path) -> None:
        unfinished = _beside(path)
        self._con.to_parquet(table, str(unfinished))
        _finish(unfinished, path)

    def close(self) -> None:
        self._session.stop()


@contextmanager
def engine(
    backend: str,
    spill: Path,
    *,
    master: str = "",
    memory: str = "2GB",
    threads: int = 2,
    more: Mapping[str, str] = _NO_MORE,
) -> Iterator[Engine]:
    """`backend`: duckdb or spark (`more`: settings of its session). Raises ValueError for another."""
    if backend not in {"duckdb", "spark"}:
        raise ValueError(f"no engine {backend!r}: duckdb or spark")
    opened: DuckDB | Spark = (
        Spark(master, more=more) if backend == "spark" else DuckDB(spill, memory=memory, threads=threads)
    )
    try:
        yield opened
    finally:
        opened.close()


def _beside(path: Path) -> Path:
    unfinished = path.with_name(f"unfinished-{path.name}")
    _remove(unfinished)
    path.parent.mkdir(parents=True, exist_ok=True)
    return unfinished


def _finish(unfinished: Path, path: Path) -> None:
    _remove(path)
    unfinished.rename(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
