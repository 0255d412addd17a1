"""The queue: order, back-off, gates, and who is tried again when something changes."""

from __future__ import annotations

from typing import Any

from prometheus_client import REGISTRY
from wherry.apimachinery.clock import FakeClock
from wherry.scheduler.pod import PodInfo, Templates
from wherry.scheduler.queue import Entry, SchedulingQueue

from tests.scheduler.objects import pod
from tests.support import run

TEMPLATES = Templates()


def info(name: str, **spec: Any) -> PodInfo:
    return TEMPLATES.info(pod(name, **spec))


def taken(queue: SchedulingQueue) -> Entry:
    entry = queue.take()
    assert entry is not None
    return entry


def names(queue: SchedulingQueue) -> list[str]:
    found = []
    while (entry := queue.take()) is not None:
        found.append(entry.pod.name)
        queue.remove(entry.pod.key)
    return found


def test_higher_priority_first_then_first_come() -> None:
    queue = SchedulingQueue(FakeClock())
    for name, priority in (("a", 0), ("b", 10), ("c", 0), ("d", 10)):
        queue.put(info(name, priority=priority))
    assert names(queue) == ["b", "d", "a", "c"]


def test_pods_that_take_long_wait_aside_by_priority_and_have_not_been_tried() -> None:
    queue = SchedulingQueue(FakeClock())
    for name, priority in (("a", 0), ("b", 10), ("c", 5), ("gone", 7)):
        queue.put(info(name, priority=priority))
    while (entry := queue.take()) is not None:
        queue.set_aside(entry)
    queue.remove("default/gone")
    run(queue.ready_aside())
    found = [(entry.pod.name, entry.attempts) for entry in iter(queue.take_aside, None) if entry]
    assert found == [("b", 1), ("c", 1), ("a", 1)]


def test_a_removed_pod_is_not_taken() -> None:
    queue = SchedulingQueue(FakeClock())
    queue.put(info("a"))
    queue.remove("default/a")
    assert queue.take() is None


def test_a_gated_pod_waits_until_its_gates_are_gone() -> None:
    queue = SchedulingQueue(FakeClock())
    queue.put(info("a", schedulingGates=[{"name": "x"}]))
    queue.move(lambda entry: True, "NodeAdd")
    assert queue.take() is None
    queue.put(info("a", generation=2))
    assert names(queue) == ["a"]


def test_a_failed_pod_waits_for_something_that_helps() -> None:
    queue = SchedulingQueue(FakeClock())
    for name in "ab":
        queue.put(info(name))
        queue.failed(taken(queue), {"NodeAffinity"})
    assert queue.take() is None
    queue.move(lambda entry: entry.pod.name == "b" and entry.plugins == {"NodeAffinity"}, "NodeAdd")
    assert names(queue) == ["b"]


def test_a_changed_pod_goes_on_waiting_until_it_is_let_try_again() -> None:
    queue = SchedulingQueue(FakeClock())
    queue.put(info("a"))
    entry = taken(queue)
    queue.failed(entry, {"NodeAffinity"})
    queue.put(info("a", generation=2))
    assert queue.take() is None
    queue.retry(entry, "UnschedulablePodUpdatePodLabel")
    assert names(queue) == ["a"]


def test_active_pods_come_before_those_in_backoff() -> None:
    queue = SchedulingQueue(FakeClock())
    queue.put(info("failed", priority=5))
    queue.failed(taken(queue), set())
    queue.move(lambda entry: True, "NodeAdd")
    queue.put(info("fresh"))
    assert names(queue) == ["fresh", "failed"]


def test_who_has_backed_off_stands_among_the_ready_ones() -> None:
    clock = FakeClock()
    queue = SchedulingQueue(clock)
    queue.put(info("failed", priority=5))
    queue.failed(taken(queue), {"NodeAffinity"})
    queue.move(lambda entry: True, "NodeAdd")
    queue.put(info("fresh"))
    run(clock.advance(2.5))
    assert names(queue) == ["failed", "fresh"]


def test_of_equal_pods_the_one_that_failed_first_goes_first() -> None:
    clock = FakeClock()
    queue = SchedulingQueue(clock)
    for name in ("a", "b", "c"):
        queue.put(info(name))
    for _ in range(3):
        queue.failed(taken(queue), {"NodeAffinity"})
        run(clock.advance(0.1))
    run(clock.advance(5))
    for late in "bac":
        queue.move(lambda entry, name=late: entry.pod.name == name, "NodeAdd")  # type: ignore[misc]
    assert names(queue) == ["a", "b", "c"]


def test_a_broken_binding_waits_twice_as_long_each_time_up_to_ten_seconds() -> None:
    clock = FakeClock()
    queue = SchedulingQueue(clock)
    for attempts, seconds in ((1, 1.0), (2, 2.0), (3, 4.0), (9, 10.0)):
        queue.broke(info("a"), attempts)
        run(clock.advance(seconds - 0.1))
        assert queue.take() is None
        run(clock.advance(0.1))
        assert names(queue) == ["a"]


def test_after_five_minutes_a_pod_is_tried_whatever_happened() -> None:
    clock = FakeClock()
    queue = SchedulingQueue(clock)
    queue.put(info("a"))
    queue.failed(taken(queue), {"NodeResourcesFit"})
    run(clock.advance(299))
    queue.move_stale()
    assert queue.take() is None
    run(clock.advance(1))
    queue.move_stale()
    assert names(queue) == ["a"]


def test_a_new_pod_of_the_same_name_starts_afresh() -> None:
    queue = SchedulingQueue(FakeClock())
    queue.put(info("a"))
    queue.failed(taken(queue), {"NodeResourcesFit"})
    again = pod("a")
    again["metadata"]["uid"] = "other"
    queue.put(TEMPLATES.info(again))
    assert taken(queue).attempts == 1


def test_metrics_tell_who_keeps_pods_waiting() -> None:
    queue = SchedulingQueue(FakeClock())
    for name in "ab":
        queue.put(info(name))
        queue.failed(taken(queue), {"NodeAffinity"} if name == "a" else {"NodeAffinity", "NodePorts"})
    queue.report()
    for plugin, count in (("NodeAffinity", 2), ("NodePorts", 1)):
        labels = {"plugin": plugin, "profile": "default-scheduler"}
        assert REGISTRY.get_sample_value("scheduler_unschedulable_pods", labels) == count
    assert REGISTRY.get_sample_value("scheduler_pending_pods", {"queue": "unschedulable"}) == 2


def test_pods_that_may_go_in_the_same_second_go_by_priority() -> None:
    queue = SchedulingQueue(FakeClock())
    for name, priority in (("a", 0), ("b", 10), ("c", 5)):
        queue.put(info(name, priority=priority))
    entries = [taken(queue) for _ in range(3)]
    for entry in sorted(entries, key=lambda entry: entry.pod.name):
        queue.failed(entry, {"NodeAffinity"})
    queue.move(lambda entry: True, "NodeAdd")
    assert names(queue) == ["b", "c", "a"]


def test_backoff_doubles_between_the_limits_it_is_given() -> None:
    queue = SchedulingQueue(FakeClock(), 2.0, 5.0)
    queue.put(info("a"))
    waits = []
    for _ in range(3):
        entry = taken(queue)
        queue.failed(entry, {"NodeAffinity"})
        waits.append(entry.backoff)
        queue.retry(entry, "NodeAdd")
    assert waits == [2.0, 4.0, 5.0]


def test_gates_mean_nothing_where_no_plug_in_looks_at_them() -> None:
    queue = SchedulingQueue(FakeClock())
    queue.put(info("a", schedulingGates=[{"name": "x"}]), gates=False)
    assert names(queue) == ["a"]
