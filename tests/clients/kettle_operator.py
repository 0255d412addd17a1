"""A kopf operator, run by test_kopf.py in a process of its own: Kettles become ConfigMaps.

It keeps its progress in annotations, as the resources have a closed schema.
"""

from __future__ import annotations

import datetime
from typing import Any

import kopf
import kubernetes

GROUP, VERSION, PLURAL = "tea.example.com", "v1", "kettles"


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_: Any) -> None:
    settings.persistence.finalizer = "tea.example.com/kopf"
    settings.posting.level = 20
    settings.watching.server_timeout = 60


def _maps() -> kubernetes.client.CoreV1Api:
    return kubernetes.client.CoreV1Api()


@kopf.on.create(GROUP, VERSION, PLURAL)
def create(body: kopf.Body, spec: kopf.Spec, name: str, namespace: str, **_: Any) -> dict[str, str]:
    child = {"metadata": {"name": name}, "data": {"litres": str(spec["litres"])}}
    kopf.adopt(child, owner=body)
    _maps().create_namespaced_config_map(namespace, child)
    kopf.info(body, reason="Boiling", message=f"{spec['litres']} litres")
    return {"state": "made"}


@kopf.on.update(GROUP, VERSION, PLURAL, field="spec.litres")
def update(new: int, name: str, namespace: str, **_: Any) -> None:
    _maps().patch_namespaced_config_map(name, namespace, {"data": {"litres": str(new)}})


@kopf.on.resume(GROUP, VERSION, PLURAL)
def resume(name: str, namespace: str, patch: kopf.Patch, **_: Any) -> None:
    patch.status["resumed"] = True


@kopf.on.delete(GROUP, VERSION, PLURAL)
def delete(name: str, namespace: str, **_: Any) -> None:
    note = {"metadata": {"name": f"{name}-was-here"}}
    _maps().create_namespaced_config_map(namespace, note)


@kopf.timer(GROUP, VERSION, PLURAL, interval=0.5)
def tick(status: kopf.Status, patch: kopf.Patch, **_: Any) -> None:
    patch.status["ticks"] = min(status.get("ticks", 0) + 1, 3)


@kopf.index("configmaps")
def seen(name: str, **_: Any) -> dict[str, str]:
    return {name: str(datetime.date.min)}
