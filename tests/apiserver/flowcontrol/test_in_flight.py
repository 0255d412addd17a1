"""The plain limits, for a server without priority and fairness."""

from __future__ import annotations

import pytest
from wherry.apiserver.endpoints.requestinfo import parse
from wherry.apiserver.flowcontrol.in_flight import MaxInFlight
from wherry.apiserver.flowcontrol.level import Rejected
from wherry.apiserver.registry.strategy import User

from ..harness import CONFIG_MAPS
from .test_requests import request


def test_reads_and_writes_have_limits_of_their_own() -> None:
    gate = MaxInFlight(1, 1, 0.0)
    write = request()
    write.info = parse("POST", CONFIG_MAPS)
    read = gate.enter(request(), 0.0)
    assert gate.enter(write, 0.0) is not None
    with pytest.raises(Rejected):
        gate.enter(request(), 0.0)
    assert read is not None
    gate.leave(read, 1.0)
    assert gate.enter(request(), 1.0) is not None


def test_watches_are_not_counted() -> None:
    gate = MaxInFlight(1, 1, 0.0)
    watching = request()
    watching.info = parse("GET", CONFIG_MAPS, True)
    assert gate.enter(watching, 0.0) is None


def test_masters_are_always_answered() -> None:
    gate = MaxInFlight(1, 1, 0.0)
    gate.enter(request(), 0.0)
    master = request()
    master.user = User("root", "", ("system:masters",))
    assert gate.enter(master, 0.0) is None


def test_nought_is_no_limit() -> None:
    gate = MaxInFlight(0, 1, 0.0)
    assert [gate.enter(request(), 0.0) for _ in range(3)] == [None, None, None]
