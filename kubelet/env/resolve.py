"""The environment of one container. Source: core/v1 EnvVar, EnvFromSource, and the service variables of
kubelet."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ...apimachinery.gvk import GroupVersionResource
from ...client.resources import CONFIGMAPS, SECRETS
from ..objects import ObjectStore
from ..worker.host import Waits
from . import envfile
from .downward import container_resource, pod_field
from .expand import expand

Object = dict[str, Any]


class EnvironmentResolver:
    """`services` gives all Services known on the node; `capacity` its allocatable resources; `volume` where a
    pod's volume of a name lies on the node."""

    def __init__(
        self,
        objects: ObjectStore,
        services: Callable[[], Iterable[Object]],
        capacity: dict[str, str],
        host_ip: str,
        volume: Callable[[Object, str], Path | None],
    ) -> None:
        self._objects = objects
        self._services = services
        self._capacity = capacity
        self._host_ip = host_ip
        self._volume = volume

    async def resolve(self, pod: Object, container: Object, pod_ip: str) -> dict[str, str]:
        """Service variables, then envFrom, then env: later ones win."""
        namespace = pod["metadata"]["namespace"]
        links = pod["spec"].get("enableServiceLinks", True)
        services = service_variables(self._services(), namespace, bool(links))
        found: dict[str, str] = {}
        for source in container.get("envFrom") or []:
            found |= await self._all_of(namespace, source)
        visible = services | found
        for entry in container.get("env") or []:
            value = await self._value(pod, container, entry, visible, pod_ip)
            if value is not None:
                visible[entry["name"]] = found[entry["name"]] = value
        return services | found

    async def _all_of(self, namespace: str, source: Object) -> dict[str, str]:
        prefix = source.get("prefix") or ""
        if "configMapRef" in source:
            data = await self._data(CONFIGMAPS, namespace, source["configMapRef"])
        else:
            data = await self._data(SECRETS, namespace, source.get("secretRef") or {})
        return {prefix + key: value for key, value in (data or {}).items()}

    async def _data(self, r: GroupVersionResource, namespace: str, ref: Object) -> dict[str, str] | None:
        found = await self._objects.get(r, namespace, ref["name"])
        if found is None:
            if ref.get("optional"):
                return None
            kind = r.resource.removesuffix("s")
            raise Waits("CreateContainerConfigError", f'{kind} "{ref["name"]}" not found')
        return text_data(found)

    async def _value(
        self, pod: Object, container: Object, entry: Object, visible: dict[str, str], pod_ip: str
    ) -> str | None:
        source = entry.get("valueFrom")
        if not source:
            return expand(entry.get("value") or "", visible)
        if "fieldRef" in source:
            return pod_field(pod, source["fieldRef"]["fieldPath"], pod_ip, self._host_ip)
        if "resourceFieldRef" in source:
            return container_resource(pod, container, source["resourceFieldRef"], self._capacity)
        if "fileKeyRef" in source:
            return self._of_file(pod, source["fileKeyRef"])
        r, ref = (
            (CONFIGMAPS, source["configMapKeyRef"]) if "configMapKeyRef" in source else
            (SECRETS, source.get("secretKeyRef") or {})
        )  # fmt: skip
        data = await self._data(r, pod["metadata"]["namespace"], ref)
        if data is not None and ref["key"] in data:
            return data[ref["key"]]
        if data is None or ref.get("optional"):
            return None
        kind, where = ("ConfigMap", "") if r is CONFIGMAPS else ("Secret", "")
        name = f"{pod['metadata']['namespace']}/{ref['name']}"
        raise Waits("CreateContainerConfigError", f"couldn't find key {ref['key']} in {kind} {name}{where}")

    def _of_file(self, pod: Object, ref: Object) -> str | None:
        volume, path = self._volume(pod, ref["volumeName"]), ref["path"]
        if volume is None:
            raise Waits("CreateContainerConfigError", f'cannot find the volume "{ref["volumeName"]}"')
        try:
            found = envfile.read(volume, path)
        except (ValueError, OSError) as error:
            text = f"couldn't parse env file {path}: {error}"
            raise Waits("CreateContainerConfigError", text) from error
        if found is not None and ref["key"] in found:
            return found[ref["key"]]
        if ref.get("optional"):
            return None
        raise Waits("CreateContainerConfigError", f"couldn't find key {ref['key']} in env file {path}")


def text_data(found: Object) -> dict[str, str]:
    """The entries of a ConfigMap or Secret as text."""
    if found.get("kind") == "Secret" or "type" in found:
        return {k: base64.b64decode(v).decode(errors="replace") for k, v in (found.get("data") or {}).items()}
    return dict(found.get("data") or {})


def service_variables(services: Iterable[Object], namespace: str, links: bool) -> dict[str, str]:
    """`NAME_SERVICE_HOST` and the Docker-link variables; `kubernetes` of the default namespace always."""
    found: dict[str, str] = {}
    for service in services:
        meta, spec = service["metadata"], service["spec"]
        master = meta["namespace"] == "default" and meta["name"] == "kubernetes"
        if not master and not (links and meta["namespace"] == namespace):
            continue
        ip, ports = spec.get("clusterIP"), spec.get("ports") or []
        if ip and ip != "None" and ports:
            found |= _variables(meta["name"].upper().replace("-", "_"), ip, ports)
    return found


def _variables(name: str, ip: str, ports: list[Object]) -> dict[str, str]:
    host, shown = f"{name}_SERVICE", f"[{ip}]" if ":" in ip else ip
    found = {f"{host}_HOST": ip, f"{host}_PORT": str(ports[0]["port"])}
    first = ports[0]
    found[f"{name}_PORT"] = f"{(first.get('protocol') or 'TCP').lower()}://{shown}:{first['port']}"
    for port in ports:
        if port.get("name"):
            found[f"{host}_PORT_{port['name'].upper().replace('-', '_')}"] = str(port["port"])
        protocol = port.get("protocol") or "TCP"
        prefix = f"{name}_PORT_{port['port']}_{protocol}"
        found |= {prefix: f"{protocol.lower()}://{shown}:{port['port']}", f"{prefix}_PROTO": protocol.lower(),
                  f"{prefix}_PORT": str(port["port"]), f"{prefix}_ADDR": ip}  # fmt: skip
    return found
