"""The terms of placed pods, counted together and found by what they are about."""

from __future__ import annotations

from typing import Any

from wherry.scheduler.cache import Cache
from wherry.scheduler.pod import PodInfo, Templates
from wherry.scheduler.wishes import Sort

from tests.scheduler.objects import ZONE, World, far, liked, near, node, pod, term

TEMPLATES = Templates()


def info(name: str, on: str = "", **more: Any) -> PodInfo:
    return TEMPLATES.info(pod(name, on=on, **more))


def about(cache: Cache, app: str, **more: Any) -> list[tuple[Sort, dict[str, int]]]:
    found = cache.wishes.about(info("asking", labels={"app": app}, **more), cache.namespaces)
    return [(wish.sort, dict(wish.pods.nodes)) for wish in found]


def test_pods_with_equal_terms_are_counted_together() -> None:
    shared = far(term("web"))
    pods = [pod(name, on=on, affinity=shared) for name, on in (("p", "a"), ("q", "a"), ("r", "b"))]
    assert about(World(node("a"), node("b"), *pods).cache, "web") == [(Sort.ANTI, {"a": 2, "b": 1})]


def test_every_sort_of_term_is_known() -> None:
    pods = (
        pod("p", on="a", affinity=near(term("web"))),
        pod("q", on="a", affinity=liked("podAffinity", (5, term("web")))),
        pod("r", on="a", affinity=liked("podAntiAffinity", (5, term("web")))),
    )
    sorts = [sort for sort, _ in about(World(node("a"), *pods).cache, "web")]
    assert sorts == [Sort.REQUIRED, Sort.PREFERRED, Sort.PREFERRED_ANTI]


def test_only_those_that_concern_a_pod_are_found() -> None:
    cache = World(node("a"), pod("p", on="a", affinity=far(term("web")))).cache
    assert about(cache, "db") == []
    assert about(cache, "web", namespace="other") == [], "a term is about its own namespace"
    assert about(cache, "web") != []


def test_a_term_without_an_exact_label_is_found_too() -> None:
    anyone = {
        "topologyKey": ZONE,
        "labelSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
    }
    cache = World(node("a"), pod("p", on="a", affinity=far(anyone))).cache
    assert about(cache, "whatever") == [(Sort.ANTI, {"a": 1})]


def test_what_the_last_pod_thought_goes_with_it() -> None:
    cache = World(node("a"), pod("p", on="a", affinity=far(term("web")))).cache
    cache.remove_pod("default/p")
    assert about(cache, "web") == []
    cache.add_pod(info("p", "a", affinity=far(term("web"))))
    assert about(cache, "web") == [(Sort.ANTI, {"a": 1})]


def test_equal_pods_share_their_terms() -> None:
    first, second = (info(name, affinity=far(term("web"))) for name in "pq")
    assert first.affinity is second.affinity
    assert info("r", affinity=far(term("web")), namespace="other").affinity is not first.affinity
