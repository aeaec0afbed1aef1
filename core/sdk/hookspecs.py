"""Every hook a plugin can implement. The one list: `docs/hooks.md` repeats it, and a test holds the two together.

Implementations are functions of the plugin's hooks module marked `@hookimpl`; they take any of the parameters, by name.
`context` is the `PluginContext` of the district it is called for; hooks that fire at start have none.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.access.authorizer import Actor
from core.kernel.process import Process
from core.kernel.stage import StageType
from core.plugin_host.hook import Combine, Fires, Group, OnFailure, hook
from core.plugin_host.payload import PluginContext, ProcessEvent, Transition, Veto
from core.sdk.channels import NotificationChannel
from core.sdk.documents import PrintedForm
from core.sdk.jobs import Job, LongWork
from core.sdk.questions import PublicQuestion
from core.sdk.routes import CasePanel, Indicator, MenuItem, Route, WorkItem
from core.storage.database import Transaction

# --- process -------------------------------------------------------------------------------------------------------


@hook(group=Group.PROCESS, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START)
def stage_types() -> Sequence[StageType]:
    """Stage types a district's procedure may use beside core's. Names are unique over all plugins."""
    raise NotImplementedError


@hook(
    group=Group.PROCESS, fires=Fires.IN_TRANSACTION, combine=Combine.DENY_WINS, on_failure=OnFailure.DENY, timeout=5.0
)  # fmt: skip
async def transition_vetoes(tx: Transaction, transition: Transition, context: PluginContext) -> Veto | None:
    """The last word before a step is stored: a reason refuses it, None lets it pass. Reads through `tx`; writes nothing."""
    raise NotImplementedError


@hook(group=Group.PROCESS, fires=Fires.AFTER_COMMIT, on_failure=OnFailure.RETRY, timeout=30.0)
async def process_events(event: ProcessEvent, context: PluginContext) -> None:
    """A step was taken and committed. Delivered at least once and in any order: idempotent by `event.id`."""
    raise NotImplementedError


# --- channels ------------------------------------------------------------------------------------------------------


@hook(
    group=Group.CHANNELS, fires=Fires.ON_DEMAND, on_failure=OnFailure.UNAVAILABLE, methods={"send": 10.0}
)  # fmt: skip
def notification_channels(context: PluginContext) -> Sequence[NotificationChannel]:
    """Ways to send a short text in this district, the preferred one first. Core sends sign-in codes through them."""
    raise NotImplementedError


# --- pages ---------------------------------------------------------------------------------------------------------


@hook(group=Group.PAGES, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START)
def routes() -> Sequence[Route]:
    """The plugin's pages and API, mounted below `/x/{plugin}/` behind the platform's guard."""
    raise NotImplementedError


@hook(group=Group.PAGES, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START)
def menu_items() -> Sequence[MenuItem]:
    """Lines of the district's menu, shown to those who hold what they need."""
    raise NotImplementedError


@hook(group=Group.PAGES, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START)
def printed_forms() -> Sequence[PrintedForm]:
    """Papers a district may have its own Word layout for, each with a sample in which everything is filled in."""
    raise NotImplementedError


@hook(group=Group.PAGES, fires=Fires.ON_DEMAND, on_failure=OnFailure.PLACEHOLDER, timeout=3.0)
async def case_panels(process: Process, actor: Actor, context: PluginContext) -> Sequence[CasePanel]:
    """Parts of a case's or round's page. The actor may see the process; what of the plugin's they may see is its to decide."""
    raise NotImplementedError


@hook(group=Group.PAGES, fires=Fires.ON_DEMAND, on_failure=OnFailure.PLACEHOLDER, timeout=3.0)
async def work_items(actor: Actor, context: PluginContext) -> Sequence[WorkItem]:
    """What waits for somebody beside their cases, said above their work list; each line leads to a page of the plugin's."""
    raise NotImplementedError


@hook(
    group=Group.PAGES, fires=Fires.ON_DEMAND, combine=Combine.FIRST, on_failure=OnFailure.UNAVAILABLE, timeout=2.0
)  # fmt: skip
async def public_question(context: PluginContext) -> PublicQuestion | None:
    """A question to ask before a form of somebody unknown is taken, with its answers; None leaves it to the next, then to core."""
    raise NotImplementedError


# --- figures -------------------------------------------------------------------------------------------------------


@hook(group=Group.FIGURES, fires=Fires.ON_DEMAND, on_failure=OnFailure.PLACEHOLDER, timeout=3.0)
async def indicators(area_code: str, context: PluginContext) -> Sequence[Indicator]:
    """Numbers for the district's overview, of an area (12 digits; empty: the whole district). Never personal data."""
    raise NotImplementedError


# --- housekeeping --------------------------------------------------------------------------------------------------


@hook(group=Group.HOUSEKEEPING, fires=Fires.AT_START, on_failure=OnFailure.REFUSE_START)
def jobs() -> Sequence[Job]:
    """Kinds of background work: queued by the plugin itself, or run by the clock for every district that enabled it."""
    raise NotImplementedError


@hook(group=Group.HOUSEKEEPING, fires=Fires.ON_DEMAND, on_failure=OnFailure.PLACEHOLDER, timeout=3.0)
async def long_work(context: PluginContext) -> Sequence[LongWork]:
    """Work of the plugin's that takes long, as it stands: `zhunbao progress` shows it with a bar and the time that is left."""
    raise NotImplementedError
