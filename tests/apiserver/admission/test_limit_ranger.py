"""LimitRanger: defaults and bounds of a namespace."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.admission.limit_ranger import ANNOTATION, CLAIMS, PLUGIN

from tests.apiserver.admission.support import Object, attributes, mutate, pod, refusal, validate
from tests.apiserver.readers import MapReader

POD = attributes("pods")
DEFAULTS = {
    "type": "Container",
    "default": {"cpu": "500m", "memory": "1Gi"},
    "defaultRequest": {"cpu": "100m"},
}

THREE = {"requests": {"cpu": "3"}, "limits": {"cpu": "3"}}


def ranges(*limits: Object) -> MapReader:
    reader = MapReader()
    reader.put("", "limitranges", "lr", "ns", spec={"limits": list(limits)})
    return reader


def sized(requests: Object | None = None, limits: Object | None = None, **more: Any) -> Object:
    resources = {"requests": requests or {}, "limits": limits or {}}
    return pod(containers=[{"name": "c", "resources": resources}], **more)


def test_missing_amounts_are_filled_in_and_noted() -> None:
    obj = mutate(PLUGIN, POD, sized(limits={"cpu": "1"}), ranges(DEFAULTS))
    resources = obj["spec"]["containers"][0]["resources"]
    assert resources == {"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    note = obj["metadata"]["annotations"][ANNOTATION]
    assert note == "LimitRanger plugin set: cpu request for container c; memory limit for container c"


def test_a_resize_is_held_to_the_bounds_too_unless_the_pod_is_being_deleted() -> None:
    resize = attributes("pods/resize", "UPDATE")
    reader = ranges({"type": "Container", "max": {"cpu": "1"}})
    old, new = sized({"cpu": "1"}, {"cpu": "1"}), sized({"cpu": "1"}, {"cpu": "2"})
    why = "maximum cpu usage per Container is 1, but limit is 2"
    assert ("", "pods/resize") in PLUGIN.on
    assert refusal(PLUGIN.validate, resize, new, reader, old) == why
    old["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    validate(PLUGIN, resize, new, reader, old)


def test_a_pod_that_says_everything_is_not_annotated() -> None:
    amounts = {"cpu": "1", "memory": "1Gi"}
    assert "annotations" not in mutate(PLUGIN, POD, sized(amounts, amounts), ranges(DEFAULTS))["metadata"]


@pytest.mark.parametrize(
    ("limit", "obj", "message"),
    [
        (
            {"type": "Container", "max": {"cpu": "1"}},
            sized({"cpu": "1"}, {"cpu": "1500m"}),
            "maximum cpu usage per Container is 1, but limit is 1500m",
        ),
        (
            {"type": "Container", "min": {"cpu": "100m"}},
            sized({"cpu": "50m"}),
            "minimum cpu usage per Container is 100m, but request is 50m",
        ),
        (
            {"type": "Pod", "min": {"memory": "1Mi"}, "max": {"memory": "1Gi"}},
            sized(),
            "[minimum memory usage per Pod is 1Mi.  No request is specified, maximum memory usage "
            "per Pod is 1Gi.  "
            "No limit is specified]",
        ),
        (
            {"type": "Container", "maxLimitRequestRatio": {"cpu": "4"}},
            sized({"cpu": "150m"}, {"cpu": "900m"}),
            "cpu max limit to request ratio per Container is 4, but provided ratio is 6.000000",
        ),
        (
            {"type": "Pod", "max": {"cpu": "2"}},
            sized(
                {"cpu": "1"}, {"cpu": "1"},
                initContainers=[{"name": "i", "resources": THREE}],
            ),
            "maximum cpu usage per Pod is 2, but limit is 3",
        ),
    ],
)  # fmt: skip
def test_bounds(limit: Object, obj: Object, message: str) -> None:
    assert refusal(PLUGIN.validate, POD, obj, ranges(limit)) == message


def test_within_the_bounds() -> None:
    bounds = {"type": "Container", "min": {"cpu": "100m"}, "max": {"cpu": "1"}}
    validate(PLUGIN, POD, sized({"cpu": "200m"}, {"cpu": "1"}), ranges(bounds))


@pytest.mark.parametrize(("size", "message"), [("3Gi", "maximum"), ("500Mi", "minimum")])
def test_claims_are_held_to_their_bounds(size: str, message: str) -> None:
    limit = {"type": "PersistentVolumeClaim", "max": {"storage": "2Gi"}, "min": {"storage": "1Gi"}}
    claim = {"metadata": {"name": "x"}, "spec": {"resources": {"requests": {"storage": size}}}}
    found = refusal(CLAIMS.validate, attributes("persistentvolumeclaims"), claim, ranges(limit))
    assert found.startswith(f"{message} storage usage per PersistentVolumeClaim is")
    assert found.endswith(f"but request is {size}")
