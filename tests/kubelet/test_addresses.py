"""Pod IPs of a node."""

from __future__ import annotations

import asyncio

import pytest
from wherry.kubelet.addresses import PodAddresses
from wherry.kubelet.runtime.contract import RuntimeFault

from tests.support import run


def test_addresses_come_in_turn_and_stay_with_their_pod() -> None:
    async def scenario() -> None:
        pool = PodAddresses()
        pool.assign("127.64.1.0/24")
        assert [await pool.take(uid) for uid in "aba"] == ["127.64.1.2", "127.64.1.3", "127.64.1.2"]
        pool.give_back("a")
        assert await pool.take("c") == "127.64.1.4", "a freed address rests"

    run(scenario())


def test_an_earlier_address_is_kept_when_it_is_free() -> None:
    async def scenario() -> None:
        pool = PodAddresses()
        pool.assign("127.64.1.0/24")
        assert await pool.take("a", "127.64.1.77") == "127.64.1.77"
        assert await pool.take("b", "127.64.1.77") == "127.64.1.2"
        assert await pool.take("c", "10.0.0.1") == "127.64.1.3"

    run(scenario())


def test_pods_wait_for_the_range() -> None:
    async def scenario() -> None:
        pool = PodAddresses()
        waiting = asyncio.create_task(pool.take("a"))
        await asyncio.sleep(0)
        assert not waiting.done()
        pool.assign("127.64.1.0/24")
        assert await waiting == "127.64.1.2"

    run(scenario())


def test_a_full_range_is_an_error() -> None:
    async def scenario() -> None:
        pool = PodAddresses()
        pool.assign("127.64.1.0/29")
        for uid in "abcde":
            await pool.take(uid)
        with pytest.raises(RuntimeFault, match="no IP addresses available"):
            await pool.take("f")

    run(scenario())
