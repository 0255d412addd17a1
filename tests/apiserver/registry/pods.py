"""Pods for tests: one container, and what is wrong with what is added to it."""

from __future__ import annotations

from typing import Any

from .drive import Kind, Object

POD = Kind("", "v1", "Pod")


def container(**fields: Any) -> Object:
    return {"name": "c", "image": "app:1", **fields}


def pod(**spec: Any) -> Object:
    return {"metadata": {"name": "p"}, "spec": {"containers": [container()], **spec}}


def pod_problems(spec: Object) -> list[str]:
    """Of a pod whose spec has, beside one container, the fields of `spec`."""
    return POD.problems(pod(**spec))


def container_problems(fields: Object, **spec: Any) -> list[str]:
    """Of a pod whose only container has the fields of `fields`."""
    return POD.problems(pod(containers=[container(**fields)], **spec))
