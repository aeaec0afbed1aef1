"""Whose network an address is counted under: one line one network, and nobody without a limit."""

from __future__ import annotations

import pytest

from core.access.networks import UNKNOWN, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"), ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("fe80::1%eth0", "fe80::/64"),
        ("", UNKNOWN), ("unix", UNKNOWN),
    ],
)  # fmt: skip
def test_an_ipv6_line_is_one_network_and_no_address_is_one_too(address: str, network: str) -> None:
    assert network_of(address) == network
