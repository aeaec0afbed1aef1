"""Where the expressions run: DuckDB in this process, or a Spark cluster. Both read and write Parquet; nothing else differs."""

from __future__ import annotations

import os
import re
import shutil
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import ibis
import pyarrow.parquet as pq

ibis.options.sql.fuse_selects = False
_NO_MORE: Mapping[str, str] = {}
Expression = Callable[..., ibis.Table]


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

    def once(self, expression: Expression, *tables: ibis.Table) -> ibis.Table:
        """What `expression` makes of `tables`, built and put into words once for all tables with the same columns: after that
        only their names are other. It may go by nothing else, and not by their columns' types."""
        ...

    def write(self, table: ibis.Table, path: Path) -> None:
        """Whole or not at all: a step that was killed leaves no file that looks finished."""
        ...


class _Worded:
    """`once`, for an engine that can give a query a name."""

    _con: Any

    def __init__(self) -> None:
        self._words: dict[object, tuple[str, tuple[str, ...]]] = {}

    def once(self, expression: Expression, *tables: ibis.Table) -> ibis.Table:
        names = tuple(self._name_of(table) for table in tables)
        assert len(set(names)) == len(names), "each table once: their names stand for them"
        key = (expression, *(table.columns for table in tables))
        if key not in self._words:
            made = expression(*(self._con.table(name) for name in names))
            self._words[key] = (str(self._con.compile(made)), names)
        words, others = self._words[key]
        now = dict(zip(others, names, strict=True))
        told = re.sub("|".join(map(re.escape, others)), lambda other: now[other[0]], words)
        found: ibis.Table = self._con.table(self._called(told))
        return found

    def _name_of(self, table: ibis.Table) -> str:
        operation = table.op()
        if isinstance(operation, ibis.expr.operations.DatabaseTable):
            return str(operation.name)
        return self._called(str(self._con.compile(table)))

    @abstractmethod
    def _called(self, query: str) -> str:
        """A name for what a query finds, that is part of no other."""


class DuckDB(_Worded):
    """Bounded by `memory` (such as `2GB`); what does not fit is spilled into `spill`."""

    scatters = False

    def __init__(self, spill: Path, *, memory: str = "2GB", threads: int = 2) -> None:
        super().__init__()
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

    def _called(self, query: str) -> str:
        name = f"worded_{uuid4().hex}"
        self._con.raw_sql(f'CREATE TEMP VIEW "{name}" AS {query}')
        return name

    def close(self) -> None:
        self._con.disconnect()


class Spark(_Worded):
    """`master` is the cluster's address. Its workers must see the run's folder under the same path."""

    scatters = True

    def __init__(
        self, master: str, *, memory: str = "1g", partitions: int = 4, more: Mapping[str, str] = _NO_MORE
    ) -> None:
        from pyspark.sql import SparkSession

        super().__init__()
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
        """With the columns the file itself names: Spark would start a job on the cluster to find them."""
        from ibis.backends.pyspark.datatypes import PySparkSchema

        first = min(path.glob("*.parquet")) if path.is_dir() else path
        columns = PySparkSchema.from_ibis(ibis.Schema.from_pyarrow(pq.read_schema(first)))
        name = f"read_{uuid4().hex}"
        self._session.read.schema(columns).parquet(str(path)).createTempView(name)
        found: ibis.Table = self._con.table(name)
        return found

    def held(self, table: ibis.Table) -> AbstractContextManager[ibis.Table]:
        kept: AbstractContextManager[ibis.Table] = table.cache()
        return kept

    def write(self, table: ibis.Table, path: Path) -> None:
        unfinished = _beside(path)
        self._con.to_parquet(table, str(unfinished))
        _finish(unfinished, path)

    def _called(self, query: str) -> str:
        name = f"worded_{uuid4().hex}"
        self._session.sql(query).createTempView(name)
        return name

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
