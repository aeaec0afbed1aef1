"""Whose request it is: the visitor's own address behind our proxies, and nobody's invention."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.problems import Invalid
from core.settings import Settings
from core.web.addresses import visitor_of

OURS = (ip_network("10.0.0.0/24"), ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        ("203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("10.0.0.5", (), "10.0.0.5"),
        ("10.0.0.5", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.5", ("6.6.6.6, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.5", ("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.5", ("198.51.100.1, 10.0.0.9",), "198.51.100.1"),
        ("10.0.0.5", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.5", ("[2001:db8::1]:4711",), "2001:db8::1"),
        ("10.0.0.5", ("::ffff:198.51.100.1",), "198.51.100.1"),
        ("::ffff:10.0.0.5", ("198.51.100.1",), "198.51.100.1"),
        ("fd00::5", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.5", ("unknown",), "10.0.0.5"),
        ("10.0.0.5", ("198.51.100.1, <script>",), "10.0.0.5"),
        ("", ("198.51.100.1",), ""),
    ],
)
def test_the_visitor_is_the_last_address_that_is_none_of_our_proxies(
    peer: str, forwarded: tuple[str, ...], visitor: str
) -> None:
    assert visitor_of(peer, forwarded, OURS) == visitor


@given(st.lists(st.text(max_size=40), max_size=4))
def test_whatever_a_visitor_writes_there_they_stay_who_they_are(written: list[str]) -> None:
    assert visitor_of("203.0.113.7", written, OURS) == "203.0.113.7"
    assert visitor_of("10.0.0.5", [*written, "203.0.113.7"], OURS) == "203.0.113.7"
    assert visitor_of("10.0.0.5", written, ()) == "10.0.0.5"


def test_the_setting_takes_networks_and_refuses_everybody() -> None:
    read = Settings.from_env({"ZHUNBAO_TRUSTED_PROXIES": "10.0.0.5, fd00::/8"})
    assert [str(n) for n in read.trusted_proxies] == ["10.0.0.5/32", "fd00::/8"]
    for wrong in ("0.0.0.0/0", "::/0", "proxy.local", "10.0.0.5/24"):
        with pytest.raises(Invalid) as caught:
            Settings.from_env({"ZHUNBAO_TRUSTED_PROXIES": wrong})
        assert [e.field for e in caught.value.fields] == ["ZHUNBAO_TRUSTED_PROXIES"]
