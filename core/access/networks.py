"""Whose network an address belongs to, for limits. Pure.

Whoever has an IPv6 line has a /64 of addresses to themselves: they are one network. An address nobody can tell is one
network as well, which everybody without one shares: no address must not mean no limit.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

UNKNOWN = "?"
PREFIX = 64


def network_of(address: str) -> str:
    """What an address is counted under: an IPv4 address itself, an IPv6 address's /64."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, PREFIX), strict=False))
