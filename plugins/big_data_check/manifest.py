"""Checks households against the registries of twelve departments; a finding is a question, never a decision."""

from __future__ import annotations

from pathlib import Path

from core.sdk import Plugin
from plugins.big_data_check import hooks
from plugins.big_data_check.config import BigDataConfig
from plugins.big_data_check.permissions import GRANTS, OBJECT, Permission

plugin = Plugin(
    name="big_data_check",
    title="大数据信息核对",
    version="1.0.0",
    sdk=">=1.0,<2",
    hooks=hooks,
    config=BigDataConfig,
    summary="按授权向十二个部门核对家庭经济状况，按本区规则提出“五有”疑点，出具核对报告",
    permission_object=OBJECT,
    permissions=Permission,
    grants=GRANTS,
    tables=tuple(
        f"big_data_check_{table}"
        for table in (
            "request",
            "query",
            "report",
            "delivery",
            "record",
            "circuit",
            "log",
            "batch",
            "pace",
            "intake",
            "piece",
            "bulk_run",
            "bulk_alert",
            "signed",
            "share",
        )
    ),
    migrations="migrations.big_data_check",
    templates=Path(__file__).parent / "templates",
    translations=Path(__file__).parent / "translations",
)
