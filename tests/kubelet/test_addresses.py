"""Pod IPs of a node."""

from __future__ import annotations

import pytest
from wherry.kubelet.addresses import PodAddresses
from wherry.kubelet.runtime.contract import RuntimeFault


def test_addresses_come_in_turn_and_stay_with_their_pod() -> None:
    pool = PodAddresses()
    pool.assign("127.64.1.0/24")
    assert [pool.take(uid) for uid in "aba"] == ["127.64.1.2", "127.64.1.3", "127.64.1.2"]
    pool.give_back("a")
    assert pool.take("c") == "127.64.1.4", "a freed address rests"


def test_an_earlier_address_is_kept_when_it_is_free() -> None:
    pool = PodAddresses()
    pool.assign("127.64.1.0/24")
    assert pool.take("a", "127.64.1.77") == "127.64.1.77"
    assert pool.take("b", "127.64.1.77") == "127.64.1.2"
    assert pool.take("c", "10.0.0.1") == "127.64.1.3"


def test_who_waits_for_the_range_is_told_once() -> None:
    pool, told = PodAddresses(), []
    pool.when_known(lambda: told.append("a"))
    assert not pool.known
    pool.assign("127.64.1.0/24")
    assert told == ["a"]


def test_a_full_range_is_an_error() -> None:
    pool = PodAddresses()
    pool.assign("127.64.1.0/29")
    for uid in "abcde":
        pool.take(uid)
    with pytest.raises(RuntimeFault, match="no IP addresses available"):
        pool.take("f")
