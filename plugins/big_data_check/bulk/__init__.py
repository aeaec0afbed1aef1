"""Everyone on the rolls against all twelve sources: Ibis expressions on DuckDB, the same ones on Spark for a province.

    people + limits + registry/<source>.parquet ─▶ identity ─▶ exact + namesakes ─▶ facts per person ─▶ households ─▶ alerts

An alert is a reason for a person to look again; it becomes a review of the case, never an exit.
"""
