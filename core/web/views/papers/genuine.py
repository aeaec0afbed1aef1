"""Did we issue this paper? A paper's QR code carries a seal over which paper it is; the page behind it says which that was.

The seal is a keyed digest of kind, title, number, office and day, so it can neither be made up nor moved to another
paper, and tells nothing to whoever scans it. It says nothing of amounts: a copy with another figure carries the same code,
so the page sends its reader to the file for what it says. A paper that a later one replaced no longer holds.
"""

from __future__ import annotations

import hmac
from base64 import b32encode
from uuid import UUID

import msgspec

from core.documents.papers import Paper
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


def with_code(paper: Paper, address: str) -> Paper:
    """The paper with the QR code of the page that checks it."""
    return msgspec.structs.replace(paper, qr=qr_svg(address))
