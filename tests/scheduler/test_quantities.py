"""What a pod counts for: containers, init containers, sidecars, pod-level requests, overhead."""

from __future__ import annotations

from typing import Any

from wherry.scheduler import quantities
from wherry.scheduler.cache import Cache
from wherry.scheduler.pod import Templates

from tests.scheduler.objects import pod

Object = dict[str, Any]


def container(cpu: str, **more: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}}, **more}


def cpu(*containers: Any, **spec: Any) -> int:
    return quantities.of_pod({"containers": list(containers), **spec}).cpu


def test_containers_add_up() -> None:
    assert cpu(container("500m"), container("1")) == 1500


def test_init_containers_count_by_their_largest() -> None:
    assert cpu(container("1"), initContainers=[container("3"), container("2")]) == 3000


def test_a_sidecar_adds_to_the_containers() -> None:
    sidecar = container("1", restartPolicy="Always")
    assert cpu(container("1"), initContainers=[sidecar]) == 2000


def test_a_sidecar_before_an_init_container_runs_beside_it() -> None:
    sidecar = container("1", restartPolicy="Always")
    assert cpu(container("1"), initContainers=[sidecar, container("3")]) == 4000
    assert cpu(container("1"), initContainers=[container("3"), sidecar]) == 3000


def test_requests_of_the_pod_win_over_those_of_its_containers() -> None:
    assert cpu(container("1"), resources={"requests": {"cpu": "3"}}) == 3000


def test_overhead_comes_on_top() -> None:
    assert cpu(container("1"), overhead={"cpu": "250m"}) == 1250


def test_a_container_without_requests_scores_as_a_small_one() -> None:
    asked = quantities.of_pod({"containers": [{"name": "c"}, container("0")]})
    assert asked.nothing
    assert (asked.scored_cpu, asked.scored_memory) == (100, 2 * 200 * 1024 * 1024)


def test_requests_of_the_pod_leave_nothing_to_assume() -> None:
    spec = {"containers": [container("1"), {"name": "d"}], "resources": {"requests": {"cpu": "3"}}}
    asked = quantities.of_pod({**spec, "overhead": {"cpu": "250m"}})
    assert (asked.scored_cpu, asked.scored_memory) == (3250, 2 * 200 * 1024 * 1024)
    assert (asked.rated_cpu, asked.rated_memory) == (1350, 2 * 200 * 1024 * 1024)


def test_other_resources_are_kept_by_name_unless_zero() -> None:
    requests = {"example.com/gpu": "2", "example.com/zero": "0", "ephemeral-storage": "1Gi"}
    asked = quantities.of_pod({"containers": [{"name": "c", "resources": {"requests": requests}}]})
    assert asked.other == {"example.com/gpu": 2}
    assert asked.storage == 1 << 30


def resized(wanted: str, granted: str, real: str, *conditions: Object, generation: int = 2) -> Object:
    """A pod whose container was resized."""
    there = {"allocatedResources": {"cpu": granted}, "resources": {"requests": {"cpu": real}}}
    status = {"conditions": list(conditions), "containerStatuses": [{"name": "c", **there}]}
    return pod("p", on="a", containers=[container(wanted)], status=status, generation=generation)


def counted(obj: Object) -> int:
    """Thousandths of a CPU."""
    return Templates().info(obj).template.requests.cpu


def test_while_a_resize_is_on_its_way_the_most_of_all_counts() -> None:
    assert counted(resized("2", "1", "1")) == 2000
    assert counted(resized("1", "2", "2")) == 2000
    assert counted(resized("1", "1", "2")) == 2000
    assert counted(resized("1", "1", "1")) == 1000


def test_a_resize_that_cannot_be_does_not_count() -> None:
    pending = {"type": "PodResizePending", "status": "True", "reason": "Infeasible"}
    assert counted(resized("9", "1", "1", pending)) == 1000
    assert counted(resized("9", "1", "1", {**pending, "reason": "Deferred"})) == 9000


def test_a_pod_that_was_never_resized_asks_for_what_its_spec_says() -> None:
    assert counted(resized("1", "3", "3", generation=1)) == 1000


def test_a_pod_that_is_resized_as_a_whole_counts_with_the_most_too() -> None:
    def whole(wanted: str, granted: str, real: str) -> Object:
        there = {
            "allocatedResources": {"cpu": granted},
            "resources": {"requests": {"cpu": real, "memory": "9Gi"}},
        }
        asked = {"requests": {"cpu": wanted}}
        containers = [container("1")]
        return pod("p", on="a", containers=containers, resources=asked, status=there, generation=2)

    assert [counted(whole(*each)) for each in ("211", "121", "112", "111")] == [2000, 2000, 2000, 1000]
    assert Templates().info(whole("1", "1", "1")).template.requests.memory == 0


def test_containers_that_ran_before_the_others_are_not_resized() -> None:
    first = {"name": "i", "resources": {"requests": {"cpu": "2"}}}
    status = {"initContainerStatuses": [{"name": "i", "resources": {"requests": {"cpu": "5"}}}]}
    more: Object = {"on": "a", "status": status, "generation": 2}
    assert counted(pod("p", initContainers=[first], **more)) == 2000
    assert counted(pod("p", initContainers=[{**first, "restartPolicy": "Always"}], **more)) == 5000


def test_a_cache_notices_what_a_node_has_put_in_place() -> None:
    cache, before, after = Cache(), resized("1", "1", "2"), resized("1", "1", "1")
    cache.add_pod(Templates().info(before))
    assert cache.touch(before)
    assert not cache.touch(after)
    cache.confirm(Templates().info(after))
    assert cache.nodes["a"].used_cpu == 1000
