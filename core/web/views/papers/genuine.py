"""Did we issue this paper? A paper's QR code carries a seal over which paper it is; the page behind it says which that was.

The seal is a keyed digest of kind, title, number, office and day, so it can neither be made up nor moved to another
paper, and tells nothing to whoever scans it. It says nothing of amounts: a copy with another figure carries the same code,
so the page sends its reader to the file for what it says. What was printed is kept by its seal (`core.documents.issued`): a
paper stays ours under the name the office had then, and one that a later one replaced says so.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from datetime import date
from uuid import UUID

import msgspec

from core.clock import local_date
from core.documents.issued import Issued
from core.documents.papers import Paper, Row
from core.documents.qr import qr_svg
from core.storage.crypto import FieldCipher

_LENGTH = 15
"""120 bits: nobody guesses one."""


def seal_of(cipher: FieldCipher, tenant: UUID, process_id: UUID, kind: str, paper: Paper) -> str:
    """24 capital letters and digits for exactly this paper of this case."""
    return seal_over(
        cipher, tenant, str(process_id), kind, paper.title, paper.number, paper.office, paper.dated
    )


def seal_over(cipher: FieldCipher, tenant: UUID, *issued: str) -> str:
    """The same over whatever else says which paper it is."""
    digest = cipher.blind_index(tenant, "paper", "\x00".join(issued))
    return b32encode(digest[:_LENGTH]).decode()


def holds(seal: str, given: str) -> bool:
    return hmac.compare_digest(seal.encode(), given.encode())


def subject_of(process_id: UUID, kind: str) -> str:
    """What each version of one paper of a case has in common."""
    return f"case:{process_id}:{kind}"


class Checked(msgspec.Struct, frozen=True):
    """A paper that is ours, as it says of itself. `issued_on` is None where it was not kept; `replaced`: a later one holds."""

    title: str
    number: str
    office: str
    dated: str
    issued_on: date | None = None
    replaced: bool = False
    figures: tuple[Row, ...] = ()


def as_issued(paper: Issued, *, replaced: bool) -> Checked:
    return Checked(
        paper.title, paper.number, paper.office, paper.dated, local_date(paper.issued_at), replaced, paper.figures
    )  # fmt: skip


def as_on_file(paper: Paper) -> Checked:
    return Checked(paper.title, paper.number, paper.office, paper.dated)


def same_act(issued: Issued, now: Paper | None) -> bool:
    """Whether what would be printed now tells of the same act; under what name the office goes by makes no difference."""
    return now is not None and (issued.title, issued.number, issued.dated) == (
        now.title,
        now.number,
        now.dated,
    )


def with_code(paper: Paper, address: str) -> Paper:
    """The paper with the QR code of the page that checks it."""
    return msgspec.structs.replace(paper, qr=qr_svg(address))
