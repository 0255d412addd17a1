"""Extended resources that device classes stand behind: which class, which requests, who uses which."""

from __future__ import annotations

from typing import Any

from wherry.scheduler.dra.extended import Classes, wants

Object = dict[str, Any]
GPU = "example.com/gpu"


def device_class(name: str, resource: str = "", created: str = "2026-01-01T00:00:00Z") -> Object:
    spec = {"extendedResourceName": resource} if resource else {}
    return {"metadata": {"name": name, "creationTimestamp": created}, "spec": spec}


def container(name: str, count: int, **more: Any) -> Object:
    return {"name": name, "resources": {"requests": {"cpu": "1", GPU: str(count)}}, **more}


def counts(spec: Object) -> dict[str, int]:
    return {r["name"]: r["exactly"]["count"] for r in wants(spec, {GPU: "gpu"}).requests}


def used(spec: Object) -> list[tuple[str, str]]:
    return [(m["containerName"], m["requestName"]) for m in wants(spec, {GPU: "gpu"}).mappings]


def test_a_class_serves_the_resource_it_names_and_one_of_its_own() -> None:
    names = Classes([device_class("gpu", GPU)]).names()
    assert names == {GPU: "gpu", "deviceclass.resource.kubernetes.io/gpu": "gpu"}


def test_of_two_classes_for_a_resource_the_newer_counts_and_then_the_first_by_name() -> None:
    newer = device_class("z", GPU, "2026-02-01T00:00:00Z")
    assert Classes([device_class("b", GPU), device_class("a", GPU)]).names()[GPU] == "a"
    assert Classes([newer, device_class("a", GPU)]).names()[GPU] == "z"


def test_a_request_per_container_named_after_its_place() -> None:
    spec = {"containers": [container("a", 1), container("b", 2)]}
    assert counts(spec) == {"container-0-request-1": 1, "container-1-request-1": 2}
    assert used(spec) == [("a", "container-0-request-1"), ("b", "container-1-request-1")]


def test_what_runs_before_reuses_what_comes_later_and_adds_the_rest() -> None:
    spec = {"initContainers": [container("i", 3)], "containers": [container("a", 2)]}
    assert counts(spec) == {"container-0-request-1": 1, "container-1-request-1": 2}
    assert used(spec)[1:] == [("i", "container-1-request-1"), ("i", "container-0-request-1")]


def test_those_that_run_before_share_the_largest_rest() -> None:
    initial = [container("i", 3), container("j", 4)]
    spec = {"initContainers": initial, "containers": [container("a", 2)]}
    assert counts(spec) == {"container-1-request-1": 2, "container-2-request-1": 2}
    assert ("i", "container-1-request-1") in used(spec)


def test_a_sidecar_keeps_its_own() -> None:
    initial = [container("s", 1, restartPolicy="Always")]
    spec = {"initContainers": initial, "containers": [container("a", 1)]}
    assert counts(spec) == {"container-0-request-1": 1, "container-1-request-1": 1}
