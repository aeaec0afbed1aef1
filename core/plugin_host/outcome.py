"""What came of calling a hook: the answers by plugin name, and who failed how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.plugin_host.calling import FailureKind
from core.plugin_host.payload import Veto
from core.problems import Refused

FAILURES: Mapping[FailureKind, str] = MappingProxyType({
    FailureKind.RAISED: "出错了",
    FailureKind.TIMED_OUT: "没有按时回应",
    FailureKind.WRONG_TYPE: "给出的结果无法使用",
    FailureKind.CIRCUIT_OPEN: "因多次出错已暂停",
    FailureKind.NOT_INSTALLED: "在本区启用了，但没有安装",
})  # fmt: skip
"""What each kind of failure is called for people."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One plugin's answer, or one object out of it (see `Outcome.offers`)."""

    plugin: str
    value: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """A contained failure. `detail` is for engineers; people read `message`."""

    plugin: str
    title: str
    hook: str
    kind: FailureKind
    detail: str

    @property
    def message(self) -> str:
        return f"“{self.title}”{FAILURES[self.kind]}"

    def as_veto(self) -> Veto:
        return Veto(
            f"{self.message}，这一步现在不能办；刚才的操作没有改动任何内容。",
            hint="请过几分钟再试；仍然不行，请联系系统管理员到“插件”页查看。",
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """Answers and failures, both ordered by plugin name."""

    answers: tuple[Answer, ...] = ()
    failures: tuple[Failure, ...] = ()
    vetoes: tuple[Veto, ...] = ()

    @property
    def first(self) -> Answer | None:
        return self.answers[0] if self.answers else None

    @property
    def offers(self) -> tuple[Answer, ...]:
        """The single objects of all answers, each with its plugin: for hooks that answer with sequences."""
        return tuple(Answer(answer.plugin, item) for answer in self.answers for item in answer.value)

    def raise_if_denied(self) -> None:
        """Raises Refused with every reason, a broken plugin's silence included."""
        if self.vetoes:
            raise Refused(
                "\n".join(veto.reason for veto in self.vetoes),
                source="；".join(veto.source for veto in self.vetoes if veto.source),
                hint=next((veto.hint for veto in self.vetoes if veto.hint), ""),
            )
