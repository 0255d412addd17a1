"""ExtendedResourceToleration (off by default): a pod that asks for a special device tolerates the taint of
its nodes."""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from ..registry.validation.resources import is_extended
from .plugin import WRITES, Attributes, Plugin


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    asked = {
        name
        for group in ("initContainers", "containers")
        for container in spec.get(group) or ()
        for name in (container.get("resources") or {}).get("requests") or ()
        if is_extended(name)
    }
    for name in sorted(asked):
        wanted = {"key": name, "operator": "Exists", "effect": "NoSchedule"}
        tolerations = spec.setdefault("tolerations", [])
        if wanted not in tolerations:
            tolerations.append(wanted)


PLUGIN = Plugin(name="ExtendedResourceToleration", on={("", "pods"): WRITES}, mutate=_admit)
