"""Whether an APIService can be used: the Available condition, with upstream's reasons and messages."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from ..callout import BadBundle, Service, Unresolved, words
from ..callout.resolve import DISCOVERY, SERVICE_NAME
from ..registry.strategy import Object, Reader
from .connection import AGGREGATOR, Connections, identity
from .services import AVAILABLE, ApiService, condition_of

ATTEMPTS = 5
ATTEMPT_SECONDS = 5.0
PASSED = ("True", "Passed", "all checks passed")
LOCAL = ("True", "Local", "Local APIServices are always available")

Verdict = tuple[str, str, str]
"""Status, reason and message of the condition."""


class Checker:
    """Looks at the Service, its endpoints, and whether the server answers its discovery path."""

    def __init__(self, connections: Connections, reader: Reader) -> None:
        self._connections = connections
        self._reader = reader

    async def check(self, service: ApiService) -> Verdict:
        if service.backend is None:
            return LOCAL
        return self._look(service.backend) or await self._ask(service)

    def _look(self, backend: Service) -> Verdict | None:
        """What the objects say; None when nothing is against it."""
        where = f'service/{backend.name} in "{backend.namespace}"'
        found = self._reader.get("", "services", backend.namespace, backend.name)
        if found is None:
            return "False", "ServiceNotFound", f"{where} is not present"
        spec = found["spec"]
        if spec.get("type", "ClusterIP") != "ClusterIP":
            return None
        port = next((p for p in spec.get("ports") or () if p["port"] == backend.port), None)
        if port is None:
            return "False", "ServicePortError", f"{where} is not listening on port {backend.port}"
        slices = self._slices(backend)
        if not slices:
            return "False", "EndpointsNotFound", f"cannot find endpointslices for {where}"
        name = port.get("name", "")
        if not any(_has_endpoint(s, name) for s in slices):
            message = f'endpointslices for {where} have no addresses with port name "{name}"'
            return "False", "MissingEndpoints", message
        return None

    def _slices(self, backend: Service) -> list[Object]:
        found = self._reader.list(DISCOVERY, "endpointslices", backend.namespace)
        return [s for s in found if (s["metadata"].get("labels") or {}).get(SERVICE_NAME) == backend.name]

    async def _ask(self, service: ApiService) -> Verdict:
        """One good answer is enough; several are asked for, since endpoints differ."""
        tasks = [
            asyncio.create_task(self._attempt(service), name=f"check of {service.name}")
            for _ in range(ATTEMPTS)
        ]
        problem = ""
        try:
            for done in asyncio.as_completed(tasks):
                problem = await done
                if not problem:
                    return PASSED
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return "False", "FailedDiscoveryCheck", problem

    async def _attempt(self, service: ApiService) -> str:
        """Why the discovery path is not answered; empty when it is."""
        try:
            url = await self._connections.base(service) + service.path
            target = self._connections.trust(service)
        except (Unresolved, BadBundle) as error:
            return str(error)
        problem = await self._get(url, target)
        return f"failing or missing response from {url}: {problem}" if problem else ""

    async def _get(self, url: str, target: dict[str, Any]) -> str:
        try:
            answer = await self._connections.session.get(
                url,
                headers=identity(AGGREGATOR),
                timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS),
                allow_redirects=False,
                **target,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f'Get "{url}": {words.of(error)}'
        async with answer:
            return "" if 200 <= answer.status < 300 else f"bad status from {url}: {answer.status}"


def _has_endpoint(found: Object, port_name: str) -> bool:
    endpoints: list[Any] = found.get("endpoints") or []
    ready = any((e.get("conditions") or {}).get("ready", True) is not False for e in endpoints)
    ports = found.get("ports") or ()
    return ready and any((p.get("name") or "") == port_name and p.get("port") for p in ports)


def with_condition(obj: Object, verdict: Verdict, now: str) -> Object | None:
    """The status with the verdict in it; None when it says so already. The transition time stays while the
    condition's status does."""
    status, reason, message = verdict
    before = condition_of(obj)
    if before is not None and (before.get("status"), before.get("reason"), before.get("message")) == verdict:
        return None
    since = before["lastTransitionTime"] if before and before.get("status") == status else now
    condition = {
        "type": AVAILABLE,
        "status": status,
        "lastTransitionTime": since,
        "reason": reason,
        "message": message,
    }
    others = [c for c in (obj.get("status") or {}).get("conditions") or () if c.get("type") != AVAILABLE]
    return {**(obj.get("status") or {}), "conditions": [*others, condition]}
