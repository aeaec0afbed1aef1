"""Minutes as they were sealed: the content that was signed over and what stood behind each name, kept beside the file.

The file is evidence and given as it is. Whoever is kin of a household gets an extract without it: made of this, and not of
what people are called and households say today.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from core.sdk import Platform, Transaction
from plugins.women_panel.minutes.book import Sealed
from plugins.women_panel.minutes.content import Content, content_of
from plugins.women_panel.minutes.sheet import Signs
from plugins.women_panel.records import Session
from plugins.women_panel.scene import Scene


class Kept(msgspec.Struct, frozen=True):
    """What the sealed file shows. `dated` is the day it bears, as it is printed."""

    content: Content
    signs: Signs
    dated: str


def sealed_up(platform: Platform, session_id: UUID, kept: Kept) -> bytes:
    """For the row of the sealed minutes; opens for this session alone."""
    return platform.seal(msgspec.json.encode(kept), _about(session_id))


def opened(platform: Platform, session_id: UUID, sealed: Sealed | None) -> Kept | None:
    """None while nothing is sealed, and where a former version kept the file alone."""
    if sealed is None or sealed.content is None:
        return None
    return msgspec.json.decode(platform.unseal(bytes(sealed.content), _about(session_id)), type=Kept)


async def content_for(scene: Scene, tx: Transaction, session: Session, sealed: Sealed | None) -> Content:
    """What was signed and sealed; before that, the minutes as they stand now."""
    kept = opened(scene.platform, session.id, sealed)
    return kept.content if kept else await content_of(scene, tx, session)


def _about(session_id: UUID) -> bytes:
    return b"session minutes" + session_id.bytes
