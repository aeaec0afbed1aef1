"""What the panel plugs into: thin, each hook names the module that does it."""

from __future__ import annotations

from collections.abc import Sequence

from core.sdk import (
    Actor,
    CasePanel,
    Indicator,
    MenuItem,
    Needs,
    PluginContext,
    Process,
    Route,
    StageType,
    Transaction,
    Transition,
    Veto,
    hookimpl,
)
from core.sdk.documents import PrintedForm
from plugins.women_panel import panels, vetoes
from plugins.women_panel.layouts import FORMS
from plugins.women_panel.permissions import OBJECT, PanelAction
from plugins.women_panel.routes import ROUTES
from plugins.women_panel.stages import STAGES


@hookimpl
def stage_types() -> Sequence[StageType]:
    return STAGES


@hookimpl
async def transition_vetoes(tx: Transaction, transition: Transition, context: PluginContext) -> Veto | None:
    return await vetoes.veto(tx, transition, context)


@hookimpl
def routes() -> Sequence[Route]:
    return ROUTES


@hookimpl
def menu_items() -> Sequence[MenuItem]:
    return (
        MenuItem(
            "/",
            "民主评议",
            "users-group",
            Needs(OBJECT, PanelAction.VIEW),
            home_of=frozenset({"panel_member"}),
        ),
    )


@hookimpl
def printed_forms() -> Sequence[PrintedForm]:
    return FORMS


@hookimpl
async def case_panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    return await panels.panels(process, actor, context)


@hookimpl
async def indicators(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    return await panels.figures(area_code, context)
