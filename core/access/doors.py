"""What a door (page, API route, plugin route) demands of whoever comes: `opt={"access": Needs("account", "grant")}`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Public:
    """Anybody. The district (if the path names one) must exist and be active."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Anybody with a session in this district; what they may see is decided by area and by the engine."""


@dataclass(frozen=True, slots=True)
class Needs:
    """A permission, held for at least one of the person's areas."""

    object: str
    action: str


Access = Public | SignedIn | Needs
