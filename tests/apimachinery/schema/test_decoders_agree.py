"""Whatever is sent, the fast and the careful decoder agree, and nothing but DecodeError is raised."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from wherry.apimachinery.schema import compile as compiler
from wherry.apimachinery.schema import restore, strict
from wherry.apimachinery.schema.registry import builtin
from wherry.apimachinery.schema.scalars import Odd
from wherry.apimachinery.schema.strict import DecodeError

LEAVES = st.sampled_from(
    [None, True, 0, -1, 80, 1.5, 2.0, 1 << 40, 1 << 63, "", "x", "1Gi", "dg==", "2026-01-02T03:04:05Z"]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
)
CONTAINER = {
    "name": "c",
    "ports": [{"containerPort": 80}],
    "env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "x"}}}],
    "resources": {"limits": {"cpu": "1"}},
    "livenessProbe": {"httpGet": {"port": "http"}},
}
SECRET_VOLUME = {"name": "v", "secret": {"items": [{"key": "k", "path": "p"}]}}
POD = {
    "metadata": {
        "labels": {"a": "b"},
        "creationTimestamp": "2026-01-02T03:04:05Z",
        "ownerReferences": [{"uid": "u"}],
    },
    "spec": {"containers": [CONTAINER], "volumes": [SECRET_VOLUME], "overhead": {"cpu": 1}},
    "status": {"conditions": [{"type": "Ready", "lastProbeTime": None}]},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in [(*path, key), *places(item, (*path, key))]]


@st.composite
def disturbed(draw: st.DrawFn) -> dict[str, Any]:
    """A pod with one place replaced, or an unknown field added."""
    pod: dict[str, Any] = copy.deepcopy(POD)
    *parents, last = draw(st.sampled_from(places(pod)))
    at: Any = pod
    for key in parents:
        at = at[key]
    if isinstance(at, dict) and draw(st.booleans()):
        last = "unknown"
    at[last] = draw(VALUES)
    return pod


@settings(max_examples=300, deadline=None)
@given(disturbed())
def test_fast_and_careful_decoding_agree(pod: dict[str, Any]) -> None:
    schema = builtin("", "v1", "Pod")
    assert schema is not None
    fast = compiler.decoder(schema.root)
    try:
        careful, problems = strict.decode(schema.root, pod)
    except DecodeError:
        careful, problems = None, []
    try:
        quick = fast(pod)
    except Odd:
        assert careful is None or fast(careful) is not None
        return
    assert careful is not None
    assert not problems
    assert fast(careful) == quick
    assert fast(copy.deepcopy(quick)) == quick


@settings(max_examples=200, deadline=None)
@given(disturbed())
def test_patched_objects_decode_after_being_restored(pod: dict[str, Any]) -> None:
    schema = builtin("", "v1", "Pod")
    assert schema is not None
    try:
        restored, _ = restore.restore(schema.root, pod)
    except DecodeError:
        return
    assert schema.decode(restored) == []
