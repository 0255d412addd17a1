"""Sockets of Services: opened, closed, and moved when a low port may not be bound."""

from __future__ import annotations

import asyncio
import errno
import socket
from typing import Any

import pytest
from wherry.apimachinery import ports
from wherry.proxy.listeners import Listeners
from wherry.proxy.table import Listen

from tests.support import run

WEB = Listen("127.48.250.7", 80)
Real = socket.socket


class Unprivileged(Real):
    """Ports below 1024 need a right that this process lacks; those in `taken` are in use."""

    taken: tuple[int, ...] = ()

    def bind(self, where: Any) -> None:
        if 0 < where[1] < 1024:
            raise PermissionError(errno.EACCES, "Permission denied")
        if where[1] in self.taken:
            raise OSError(errno.EADDRINUSE, "Address already in use")
        super().bind(where)


def opened(where: Listen) -> int:
    async def scenario() -> int:
        listeners = Listeners()
        port = await listeners.open(where, asyncio.Protocol)
        assert listeners.bound == {where: port} and where in listeners
        await listeners.close(where)
        assert not listeners.bound and where not in listeners
        return port

    return run(scenario())


def test_a_service_is_served_on_its_own_port() -> None:
    assert opened(Listen("127.48.250.7", 18460)) == 18460


def test_a_low_port_that_may_not_be_bound_moves_by_8000(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", Unprivileged)
    assert opened(WEB) == WEB.port + ports.OFFSET


def test_any_port_will_do_when_that_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "socket", Unprivileged)
    monkeypatch.setattr(Unprivileged, "taken", (8080,))
    assert opened(WEB) not in (80, 8080)


def test_a_port_that_is_taken_is_not_moved() -> None:
    async def scenario() -> None:
        where = Listen("127.48.250.7", 18461)
        other = await asyncio.start_server(lambda r, w: w.close(), where.address, where.port)
        with pytest.raises(OSError, match="Address already in use"):
            await Listeners().open(where, asyncio.Protocol)
        other.close()
        await other.wait_closed()

    run(scenario())
