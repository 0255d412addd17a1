"""Subresources that change one part of a pod: resize and ephemeral containers."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import POD, container, pod


def part(name: str, change: dict[str, Any], **spec: Any) -> tuple[dict[str, Any], list[str]]:
    """The pod after a write of subresource `name`, and what is wrong with it."""
    old, new = POD.created(pod(**spec)), POD.defaulted(pod(**{**spec, **change}))
    new["metadata"].update({key: old["metadata"][key] for key in ("uid", "namespace", "resourceVersion")})
    ctx = POD.context._replace(verb="update", subresource=name)
    POD.strategy.prepare_update(ctx, new, old)
    return new, [str(error) for error in POD.strategy.validate_update(ctx, new, old)]


def resize(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    change = {"containers": [container(resources=after)]}
    return part("resize", change, containers=[container(resources=before)])[1]


def debug(*containers: dict[str, Any]) -> list[str]:
    """Problems of a pod that has the ephemeral container `e` and gets these."""
    old = POD.created(pod())
    old["spec"]["ephemeralContainers"] = [{"name": "e", "image": "i"}]
    new = POD.defaulted(pod(ephemeralContainers=list(containers)))
    ctx = POD.context._replace(verb="update", subresource="ephemeralcontainers")
    for each in old["spec"]["ephemeralContainers"]:
        each.update(POD.defaulted(pod(ephemeralContainers=[dict(each)]))["spec"]["ephemeralContainers"][0])
    POD.strategy.prepare_update(ctx, new, old)
    return [str(error) for error in POD.strategy.validate_update(ctx, new, old)]


RESIZE: dict[str, tuple[Any, list[str]]] = {
    "more": ({"before": {"requests": {"cpu": "1"}}, "after": {"requests": {"cpu": "2"}}}, []),
    "another quality": (
        {"before": {"requests": {"cpu": "1"}}, "after": {"limits": {"cpu": "1", "memory": "1Gi"}}},
        [('spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing')],
    ),
    "requests go away": (
        {"before": {"requests": {"cpu": "1", "memory": "1Gi"}}, "after": {"requests": {"cpu": "1"}}},
        [("spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed")],
    ),
    "other resources": (
        {
            "before": {"requests": {"cpu": "1", "ephemeral-storage": "1Gi"}},
            "after": {"requests": {"cpu": "1", "ephemeral-storage": "2Gi"}},
        },
        ["spec: Forbidden: only cpu and memory resources are mutable"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), RESIZE.values(), ids=RESIZE)
def test_resize(given: Any, problems: list[str]) -> None:
    assert resize(given["before"], given["after"]) == problems


EPHEMERAL_CONTAINERS: dict[str, tuple[Any, list[str]]] = {
    "one more": ([{"name": "e", "image": "i"}, {"name": "f", "image": "i", "targetContainerName": "c"}], []),
    "none": (
        [],
        [('spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be removed\n')],
    ),
    "another image": (
        [{"name": "e", "image": "j"}],
        [('spec.ephemeralContainers: Forbidden: existing ephemeral containers "e" may not be changed\n')],
    ),
    "an unknown target": (
        [{"name": "e", "image": "i"}, {"name": "f", "image": "i", "targetContainerName": "z"}],
        ['spec.ephemeralContainers[1].targetContainerName: Not found: "z"'],
    ),
    "a name in use": (
        [{"name": "e", "image": "i"}, {"name": "c", "image": "i"}],
        ['spec.ephemeralContainers[1].name: Duplicate value: "c"'],
    ),
    "ports and probes": (
        [
            {"name": "e", "image": "i"},
            {
                "name": "f",
                "image": "i",
                "ports": [{"containerPort": 80}],
                "livenessProbe": {"exec": {"command": ["a"]}},
            },
        ],
        [
            ("spec.ephemeralContainers[1].ports: Forbidden: cannot be set for an Ephemeral Container"),
            (
                "spec.ephemeralContainers[1].livenessProbe: Forbidden: cannot be set for "
                "an Ephemeral Container"
            ),
        ],
    ),
}


@pytest.mark.parametrize(("given", "problems"), EPHEMERAL_CONTAINERS.values(), ids=EPHEMERAL_CONTAINERS)
def test_ephemeral_containers(given: Any, problems: list[str]) -> None:
    assert debug(*given) == problems


WHOLE = {"requests": {"cpu": "1"}, "limits": {"cpu": "1", "hugepages-2Mi": "2Mi"}}

POD_LEVEL: dict[str, tuple[Any, list[str]]] = {
    "more": ({"requests": {"cpu": "2"}, "limits": {"cpu": "2", "hugepages-2Mi": "2Mi"}}, []),
    "none": (
        None,
        [
            'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
            "spec.resources: Forbidden: pod-level resources cannot be removed",
        ],
    ),
    "limits go away": (
        {"requests": {"cpu": "1", "hugepages-2Mi": "2Mi"}, "limits": {"hugepages-2Mi": "2Mi"}},
        ["spec.resources.limits: Forbidden: pod-level resource limits cannot be removed"],
    ),
    "other resources": (
        {"requests": {"cpu": "1"}, "limits": {"cpu": "1", "hugepages-2Mi": "4Mi"}},
        ["spec: Forbidden: only cpu and memory resources are mutable at pod-level"],
    ),
}


@pytest.mark.parametrize(("asked", "problems"), POD_LEVEL.values(), ids=POD_LEVEL)
def test_a_resize_of_the_pod_as_a_whole(asked: Any, problems: list[str]) -> None:
    new, found = part("resize", {"resources": asked}, resources=WHOLE)
    assert found == problems
    assert (new["spec"].get("resources") or {}).get("limits") == (asked or {}).get("limits")


SMALL, LARGE = ({"requests": {"cpu": text}} for text in ("20m", "30m"))
RESTART = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]


def named(name: str, resources: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "image": "i", "resources": resources, **more}


CONTAINERS: dict[str, tuple[Any, Any, list[str]]] = {
    "another order": (
        {"containers": [named("a", SMALL), named("b", SMALL)]},
        {"containers": [named("b", SMALL), named("a", SMALL)]},
        [
            f"spec.containers[{i}].name: Forbidden: containers may not be renamed or reordered on resize"
            for i in range(2)
        ],
    ),
    "another name": (
        {"initContainers": [named("a", SMALL)]},
        {"initContainers": [named("b", SMALL)]},
        ["spec.initContainers[0].name: Forbidden: initContainers may not be renamed or reordered on resize"],
    ),
    "one more": (
        {"containers": [named("a", SMALL)]},
        {"containers": [named("a", SMALL), named("b", SMALL)]},
        ["spec.containers: Forbidden: containers may not be added or removed on resize"],
    ),
    "an init container": (
        {"initContainers": [named("a", SMALL)]},
        {"initContainers": [named("a", LARGE)]},
        [],
    ),
    "an init container that would have to start again": (
        {"initContainers": [named("a", SMALL, resizePolicy=RESTART)]},
        {"initContainers": [named("a", LARGE, resizePolicy=RESTART)]},
        [
            "spec.initContainers[0]: Forbidden: "
            "non-sidecar init containers with a resize policy of RestartContainer cannot be resized"
        ],
    ),
    "another policy": (
        {"initContainers": [named("a", SMALL, restartPolicy="Always")]},
        {"initContainers": [named("a", SMALL, restartPolicy="Always", resizePolicy=RESTART)]},
        [
            "spec.initContainers[0]: Forbidden: "
            "only cpu and memory resources for init or sidecar containers are mutable"
        ],
    ),
}


@pytest.mark.parametrize(("before", "after", "problems"), CONTAINERS.values(), ids=CONTAINERS)
def test_containers_that_a_resize_may_change(before: Any, after: Any, problems: list[str]) -> None:
    assert part("resize", after, **before)[1] == problems


def test_a_resize_changes_nothing_else() -> None:
    new, problems = part("resize", {"containers": [container(image="app:2")], "nodeName": "n"})
    assert problems == []
    assert new["spec"]["containers"][0]["image"] == "app:1"
    assert "nodeName" not in new["spec"]
