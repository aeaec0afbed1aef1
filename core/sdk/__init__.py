"""The only door for plugins: everything a plugin may use of the platform, under one name; versioned by SemVer.

    from core.sdk import Plugin, hookimpl, Route, Needs, Page, platform_of

What is not re-exported here, or in a submodule of this package, is not a plugin's business.
"""

from core.access.authorizer import Actor, Grant
from core.access.doors import Access, Needs, Public, SignedIn
from core.clock import CHINA, Clock, local_date
from core.kernel.children import MoveChild, OpenChild, Opening
from core.kernel.engine import Receipt
from core.kernel.forms import decode, describe, flatten
from core.kernel.procedure import STAY
from core.kernel.process import Process
from core.kernel.situation import Outline, Situation
from core.kernel.stage import (
    Action,
    Effect,
    Filed,
    NoForm,
    Outcome,
    Record,
    Records,
    StageType,
    View,
    no_guard,
)
from core.plugin_host.errors import PluginError
from core.plugin_host.hook import hookimpl
from core.plugin_host.manifest import Plugin
from core.plugin_host.payload import PluginContext, ProcessEvent, Transition, Veto
from core.problems import (
    Blocked,
    Conflict,
    FieldError,
    Invalid,
    NotFound,
    Problem,
    Refused,
    TooMany,
    Unavailable,
)
from core.sdk.channels import NotificationChannel, Sent, TextMessage
from core.sdk.jobs import Job, LongWork
from core.sdk.platform import Colleague, OfficeFacts, Platform, platform_of
from core.sdk.questions import PublicQuestion
from core.sdk.rolls import OnRolls
from core.sdk.routes import (
    Call,
    CasePanel,
    File,
    Indicator,
    Json,
    MenuItem,
    Page,
    Redirect,
    Reply,
    Route,
    WorkItem,
)
from core.sdk.version import SDK_VERSION
from core.storage.database import Transaction
from core.storage.together import Together

__all__ = [
    "CHINA", "SDK_VERSION", "STAY", "Access", "Action", "Actor", "Blocked", "Call", "CasePanel", "Clock", "Colleague",
    "Conflict", "Effect", "FieldError", "File", "Filed", "Grant", "Indicator", "Invalid", "Job", "Json", "LongWork", "MenuItem",
    "MoveChild", "Needs", "NoForm", "NotFound", "NotificationChannel", "OfficeFacts", "OnRolls", "OpenChild", "Opening", "Outcome",
    "Outline", "Page", "Platform", "Plugin", "PluginContext", "PluginError", "Problem", "Process", "ProcessEvent", "Public",
    "PublicQuestion", "Receipt", "Record", "Records", "Redirect", "Refused", "Reply", "Route", "Sent", "SignedIn", "Situation",
    "StageType", "TextMessage", "Together", "TooMany", "Transaction", "Transition", "Unavailable", "Veto", "View", "WorkItem", "decode",
    "describe", "flatten", "hookimpl", "local_date", "no_guard", "platform_of",
]  # fmt: skip
