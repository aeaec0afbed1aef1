"""Addresses: the installation's as the outside knows it (QR codes, providers), and the visitor's, behind proxies too."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from litestar import Request

from core.settings import Network
from core.web.services import services_of


def public_address(request: Request[Any, Any, Any]) -> str:
    """`ZHUNBAO_PUBLIC_URL`; without it, for use on this machine, what the browser asked for."""
    return services_of(request).public_url or str(request.base_url).rstrip("/")


def address_of(request: Request[Any, Any, Any]) -> str:
    """Where the visitor's request comes from, for limits and the access log; "" where nobody can tell."""
    peer = request.client.host if request.client else ""
    return visitor_of(
        peer, request.headers.getall("x-forwarded-for", []), services_of(request).trusted_proxies
    )


def visitor_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """The last address that none of our own proxies has. `forwarded`: each `X-Forwarded-For` as it came.

    Read from the right, as each proxy appends whom it heard: what a visitor wrote there themselves stands to the left of
    their own address and is never reached. Without trusted proxies the header counts for nothing.
    """
    said = [part.strip() for line in forwarded for part in line.split(",")]
    address = peer
    while said and _ours(address, trusted):
        before = _parsed(said.pop())
        if before is None:
            break
        address = str(before)
    return address


def _ours(address: str, trusted: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address without its port; IPv4 written as IPv6 is IPv4. None for anything else."""
    host = text[1:].partition("]")[0] if text.startswith("[") else text
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        found = ip_address(host)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
