"""A cache that is ahead of its informer."""

from __future__ import annotations

from typing import Any

from wherry.client.latest import Latest

from tests.scheduler.objects import Shelf

Object = dict[str, Any]


def thing(version: int, **spec: Any) -> Object:
    return {"kind": "Thing", "metadata": {"name": "t", "resourceVersion": str(version)}, "spec": spec}


def ahead(*objects: Object) -> tuple[Latest, Shelf]:
    shelf = Shelf("Thing", objects)
    informer: Any = shelf
    return Latest(informer), shelf


def test_what_was_written_counts_until_the_informer_has_caught_up() -> None:
    latest, shelf = ahead(thing(1))
    latest.wrote(thing(2, mine=True))
    assert latest.get("t") == thing(2, mine=True)
    assert latest.list() == [thing(2, mine=True)]
    shelf.objects["t"] = thing(3)
    assert latest.get("t") == thing(3)


def test_what_is_assumed_counts_until_the_object_changes() -> None:
    latest, shelf = ahead(thing(1))
    latest.assume(thing(1, promised=True))
    assert latest.get("t") == thing(1, promised=True)
    shelf.objects["t"] = thing(2)
    assert latest.get("t") == thing(2)


def test_what_is_assumed_can_be_taken_back() -> None:
    latest, _ = ahead(thing(1))
    latest.assume(thing(1, promised=True))
    latest.forget("t")
    assert latest.get("t") == thing(1)


def test_what_is_gone_stays_gone() -> None:
    latest, shelf = ahead(thing(1))
    latest.wrote(thing(2))
    del shelf.objects["t"]
    assert latest.get("t") is None
