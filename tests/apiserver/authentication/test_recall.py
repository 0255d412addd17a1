"""A header is looked at once, and anew when something has changed that decided what it means."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from wherry.apimachinery.clock import FakeClock
from wherry.apiserver.authentication.recall import Recall, Standing
from wherry.apiserver.registry.strategy import User

from tests.apiserver.authentication.test_authenticator import Setting
from tests.apiserver.readers import MapReader

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JANE = User("jane")
LATER = NOW.timestamp() + 60


def kept(*kinds: str) -> tuple[Recall, MapReader, FakeClock]:
    reader, clock = MapReader(), FakeClock(NOW)
    recall = Recall(reader, clock)
    recall.keep(b"Bearer a", Standing(JANE, LATER, kinds))
    return recall, reader, clock


def test_what_was_found_is_remembered_by_the_whole_header() -> None:
    recall, _, _ = kept("serviceaccounts")
    assert recall.user(b"Bearer a") is JANE
    assert recall.user(b"Bearer b") is None


def test_a_change_of_a_kind_that_it_depends_on_ends_it() -> None:
    recall, reader, _ = kept("serviceaccounts", "pods")
    reader.put("", "secrets", "other", "ns")
    assert recall.user(b"Bearer a") is JANE
    reader.put("", "pods", "any", "ns")
    assert recall.user(b"Bearer a") is None
    reader.drop("", "pods", "any", "ns")
    assert recall.user(b"Bearer a") is None


def test_it_ends_with_the_token() -> None:
    recall, _, clock = kept()
    asyncio.run(clock.advance(59))
    assert recall.user(b"Bearer a") is JANE
    asyncio.run(clock.advance(1))
    assert recall.user(b"Bearer a") is None


def test_an_account_that_changes_keeps_its_token() -> None:
    setting = Setting()
    token = f"Bearer {setting.token()}"
    first = setting.ask(token)
    assert setting.ask(token) is first
    setting.reader.put("", "serviceaccounts", "robot", "ns", automountServiceAccountToken=False)
    assert setting.ask(token) == first


def test_a_token_of_what_is_being_deleted_is_looked_at_each_time() -> None:
    setting = Setting()
    token = f"Bearer {setting.token()}"
    going = {"uid": "uid-robot", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    setting.reader.put("", "serviceaccounts", "robot", "ns", metadata=going)
    assert setting.ask(token).name == "system:serviceaccount:ns:robot"
    asyncio.run(setting.clock.advance(61))
    assert setting.refused(token)
