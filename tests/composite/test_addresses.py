"""How peers are told apart and counted."""

from __future__ import annotations

import pytest

from hubbub.composite.addresses import UNIX, Networks, address_key, parse_address, peer_text


@pytest.mark.parametrize("text", ["fe80::1%eth0", "1.2.3", "01.2.3.4", "1.2.3.4 ", "example.org", "", "[::1]"])
def test_only_plain_addresses_are_addresses(text: str) -> None:
    assert parse_address(text) is None


def test_a_mapped_address_is_the_ipv4_address() -> None:
    assert str(parse_address("::ffff:192.0.2.1")) == "192.0.2.1"


def test_ipv6_counts_by_its_64() -> None:
    assert address_key("2001:db8:1:2::5") == address_key("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert address_key("2001:db8:1:3::5") != address_key("2001:db8:1:2::5")
    assert address_key("::ffff:192.0.2.1") == address_key("192.0.2.1") == "192.0.2.1"
    assert address_key(UNIX) == UNIX


def test_networks_hold_addresses_of_both_families_and_unix_peers() -> None:
    networks = Networks(["10.0.0.0/8", " ::1 ", "unix"])
    assert "10.1.2.3" in networks
    assert "::ffff:10.1.2.3" in networks
    assert "::1" in networks
    assert UNIX in networks
    assert "11.0.0.1" not in networks
    assert "nonsense" not in networks
    assert UNIX not in Networks()


def test_a_network_with_host_bits_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="host bits"):
        Networks(["10.0.0.1/8"])


def test_peer_is_the_clients_address_or_unix() -> None:
    assert peer_text({"client": ("192.0.2.1", 80)}) == "192.0.2.1"
    assert peer_text({"client": None}) == peer_text({}) == UNIX
