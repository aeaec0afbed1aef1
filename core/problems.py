"""What can go wrong for a person, said so that they know what to do next.

Every refusal the platform gives is one of these. The web layer turns them into a page with the message at the
field, or into RFC 9457 problem details; nothing else formats errors. Texts are Chinese, whole sentences: what
happened, why, what now.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that needs mending. `field` is a dotted path such as `members.0.id_number`; `""` is the whole form."""

    field: str
    message: str


class Problem(Exception):
    """Base of everything a person is told. `source` names the rule that refused (law article, district rule)."""

    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    code: str = "problem"
    title: str = "没有办成"

    def __init__(
        self, detail: str, *, source: str = "", hint: str = "", fields: tuple[FieldError, ...] = ()
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.source = source
        self.hint = hint
        self.fields = fields


class Invalid(Problem):
    """What was typed cannot be taken as it is. Carries every wrong field at once, never only the first."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "invalid"
    title = "有几处需要改一下"


class Unauthenticated(Problem):
    status = HTTPStatus.UNAUTHORIZED
    code = "unauthenticated"
    title = "请先登录"


class Refused(Problem):
    """The person may not do this: role, area, recusal, separation of duties, or a plugin's veto."""

    status = HTTPStatus.FORBIDDEN
    code = "refused"
    title = "您不能办理这一步"


class NotFound(Problem):
    """Absent, or another tenant's, or outside the caller's area: deliberately indistinguishable."""

    status = HTTPStatus.NOT_FOUND
    code = "not_found"
    title = "没有找到"


class Conflict(Problem):
    """Somebody else was faster, or the state does not allow it. `current` and `yours` let a page show both sides."""

    status = HTTPStatus.CONFLICT
    code = "conflict"
    title = "情况已经变了"

    def __init__(
        self, detail: str, *, source: str = "", hint: str = "", current: object = None, yours: object = None
    ) -> None:
        super().__init__(detail, source=source, hint=hint)
        self.current = current
        self.yours = yours


class TooMany(Problem):
    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many"
    title = "请稍后再试"


class Unavailable(Problem):
    """A part we depend on (database, object store, gateway) does not answer; nothing was changed."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "unavailable"
    title = "暂时办不了"


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why something is not open to somebody now, as a value: the sentence, the rule behind it, whom or what to turn to."""

    reason: str
    source: str = ""
    hint: str = ""

    def refused(self) -> Refused:
        """The same as an exception, for where nothing is left but to refuse."""
        return Refused(self.reason, source=self.source, hint=self.hint)
