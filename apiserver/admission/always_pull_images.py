"""AlwaysPullImages (off by default): every container's image is pulled again, so that a pod cannot use what
another one's credentials brought to the node."""

from __future__ import annotations

from collections.abc import Iterator

from ...apimachinery import errors, field
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, Attributes, Plugin

GROUPS = ("initContainers", "containers", "ephemeralContainers")


def _images(pod: Object) -> set[str]:
    return {container.get("image", "") for _, container in _containers(pod)}


def _containers(pod: Object) -> Iterator[tuple[str, Object]]:
    for group in GROUPS:
        for i, container in enumerate(pod["spec"].get(group) or ()):
            yield f"spec.{group}[{i}]", container


def _concerns(attrs: Attributes, obj: Object, old: Object | None) -> bool:
    return attrs.operation == CREATE or old is None or not _images(obj) <= _images(old)


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    if _concerns(attrs, obj, old):
        for _, container in _containers(obj):
            container["imagePullPolicy"] = "Always"


def _validate(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    if not _concerns(attrs, obj, old):
        return
    problems = [
        field.not_supported(f"{path}.imagePullPolicy", container.get("imagePullPolicy", ""), ["Always"])
        for path, container in _containers(obj)
        if container.get("imagePullPolicy") != "Always"
    ]
    if problems:
        raise errors.invalid("", "Pod", attrs.name, problems)


PLUGIN = Plugin(
    name="AlwaysPullImages",
    on={("", "pods"): frozenset({CREATE, UPDATE})},
    mutate=_admit,
    validate=_validate,
)
