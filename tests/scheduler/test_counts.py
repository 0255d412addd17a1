"""Counting matching pods per node."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.apimachinery import labels
from wherry.scheduler.counts import Counters, Wanted
from wherry.scheduler.pod import PodInfo, Templates

from tests.scheduler.objects import ZONE, World, node, pod


def info(name: str, on: str, app: str = "web", **more: Any) -> PodInfo:
    return Templates().info(pod(name, on=on, labels={"app": app}, **more))


def wanted(selector: str, *namespaces: str) -> tuple[Wanted, ...]:
    return (Wanted(frozenset(namespaces) if namespaces else None, labels.parse(selector)),)


def test_pods_that_are_there_already_count() -> None:
    placed = [info("a", "n1"), info("b", "n1"), info("c", "n2"), info("d", "n2", "db")]
    assert Counters().get(wanted("app=web"), False, placed).nodes == {"n1": 2, "n2": 1}


def test_pods_that_come_and_go_are_followed() -> None:
    counters = Counters()
    found = counters.get(wanted("app=web", "default"), False, [])
    first, other = info("a", "n1"), info("b", "n1", namespace="other")
    for one in (first, other):
        counters.note(one, 1)
    assert found.nodes == {"n1": 1}
    counters.note(first, -1)
    assert found.nodes == {}


def test_pods_being_deleted_count_only_if_wanted() -> None:
    leaving = [info("a", "n1", deleted=True)]
    assert Counters().get(wanted("app=web"), True, leaving).nodes == {}
    assert Counters().get(wanted("app=web"), False, leaving).nodes == {"n1": 1}


def test_selectors_without_an_exact_label_work_too() -> None:
    counters = Counters()
    found = counters.get(wanted("app in (web,db)"), False, [])
    for one in (info("a", "n1"), info("b", "n1", "db"), info("c", "n1", "cache")):
        counters.note(one, 1)
    assert found.nodes == {"n1": 2}


def test_the_same_question_has_one_counter() -> None:
    counters = Counters()
    first = counters.get(wanted("app=web"), False, [])
    assert counters.get(wanted("app=web"), False, [info("a", "n1")]) is first
    assert counters.get(wanted("app=web"), True, []) is not first


def test_the_counter_asked_for_longest_ago_is_dropped() -> None:
    counters = Counters(limit=2)
    old = counters.get(wanted("app=a"), False, [])
    kept = counters.get(wanted("app=b"), False, [])
    counters.get(wanted("app=a"), False, [])
    counters.get(wanted("app=c"), False, [])
    counters.note(info("p", "n1", "b"), 1)
    assert kept.nodes == {}
    assert counters.get(wanted("app=a"), False, []) is old


def test_pods_are_counted_per_value_of_a_node_label() -> None:
    cache = World(node("n1", zone="a"), node("n2", zone="b"), node("n3", zone="b"), node("n4")).cache
    for number, on in enumerate(("n1", "n2", "n3", "n3", "n4", "unknown")):
        cache.add_pod(info(f"p{number}", on))
    places = cache.counter(wanted("app=web")).places(ZONE)
    assert places == {"a": 1, "b": 3}
    cache.remove_pod("default/p0")
    cache.add_pod(info("q", "n2"))
    assert places == {"b": 4}, "it follows"


def test_a_node_that_moves_to_another_zone_takes_its_pods_along() -> None:
    cache = World(node("n1", zone="a"), pod("p", on="n1", labels={"app": "web"})).cache
    question = wanted("app=web")
    assert cache.counter(question).places(ZONE) == {"a": 1}
    cache.set_node(node("n1", zone="b"))
    assert cache.counter(question).places(ZONE) == {"b": 1}
    cache.remove_node("n1")
    assert cache.counter(question).places(ZONE) == {}


SELECTORS = ("app=a", "app!=a", "app in (a,b)", "app", "!app", "app=a,app=a")
PLACES = st.tuples(
    st.sampled_from(["n1", "n2"]), st.sampled_from("ab"), st.sampled_from(["default", "other"])
)


@settings(max_examples=50, deadline=None)
@given(selector=st.sampled_from(SELECTORS), places=st.lists(PLACES, max_size=12), gone=st.integers(0, 12))
def test_following_changes_equals_counting_anew(
    selector: str, places: list[tuple[str, str, str]], gone: int
) -> None:
    pods = [info(f"p{n}", node, app, namespace=ns) for n, (node, app, ns) in enumerate(places)]
    followed, question = Counters(), wanted(selector, "default")
    found = followed.get(question, False, [])
    for one in pods:
        followed.note(one, 1)
    for one in pods[:gone]:
        followed.note(one, -1)
    assert found.nodes == Counters().get(question, False, pods[gone:]).nodes
