"""The women's appraisal panel (妇女评议小组): an elected panel's secret, advisory ballot on every household of a round."""

from __future__ import annotations

from pathlib import Path

from core.sdk import Plugin
from plugins.women_panel import hooks
from plugins.women_panel.config import PanelConfig
from plugins.women_panel.permissions import GRANTS, OBJECT, PanelAction

plugin = Plugin(
    name="women_panel",
    title="妇女评议小组",
    version="1.0.0",
    sdk=">=1.0,<2",
    summary="推选评议小组，开评议会，逐户无记名投票，自动回避亲属，结果供参考。",
    hooks=hooks,
    config=PanelConfig,
    permission_object=OBJECT,
    permissions=PanelAction,
    grants=GRANTS,
    tables=tuple(
        f"women_panel_{name}"
        for name in (
            "session",
            "member",
            "case",
            "recusal",
            "voter",
            "ballot",
            "paper",
            "event",
            "signature",
            "minutes",
            "appraisal",
            "participant",
            "opinion",
        )
    ),
    migrations="migrations.women_panel",
    translations=Path(__file__).parent / "translations",
    templates=Path(__file__).parent / "templates",
    static=Path(__file__).parent / "static",
)
