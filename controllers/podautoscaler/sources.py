"""Where metrics come from: the resource, custom and external metrics APIs, served by extensions or not.

Failures are MetricErrors with upstream's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from ...apimachinery import duration, quantity
from ...apimachinery.clock import parse_rfc3339
from ...apimachinery.errors import StatusError
from ...apimachinery.labels import Selector
from ...client.client import Client
from ...client.errors import Unreachable, from_answer
from ..scales import NoMatch, Scales
from .replicas import MetricError, Sample

Object = dict[str, Any]
RESOURCE, CUSTOM, EXTERNAL = "metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"
CUSTOM_VERSIONS = ("v1beta2", "v1beta1")
WINDOW = timedelta(minutes=1)
"""Of a custom metric that does not say over which time it was taken."""


class Sources:
    """`scales` finds the resource of a described object's kind."""

    def __init__(self, client: Client, scales: Scales) -> None:
        self._client = client
        self._scales = scales

    async def resource(
        self, resource: str, namespace: str, selector: Selector, container: str = ""
    ) -> dict[str, Sample]:
        """Samples by pod. A pod of which a container's usage is unknown is left out."""
        path = f"/apis/{RESOURCE}/v1beta1/namespaces/{quote(namespace)}/pods"
        found = await self._items("resource", path, f"pods.{RESOURCE}", {"labelSelector": str(selector)})
        samples = {}
        for item in found:
            containers = item.get("containers") or []
            if container:
                containers = [c for c in containers if c["name"] == container]
                if not containers:
                    where = f"{namespace}/{item['metadata']['name']}"
                    raise MetricError(
                        f"failed to get container metrics: container {container} not present in metrics "
                        f"for pod {where}"
                    )
            values: list[Any] = [(c.get("usage") or {}).get(resource) for c in containers]
            if values and None not in values:
                total = sum(quantity.milli(value) for value in values)
                window = timedelta(seconds=duration.parse(item.get("window") or "0s"))
                at = parse_rfc3339(item["timestamp"])
                samples[item["metadata"]["name"]] = Sample(total, at, window)
        return samples

    async def pods(
        self, metric: str, namespace: str, selector: Selector, metric_selector: Selector
    ) -> dict[str, Sample]:
        """Samples by pod."""
        found = await self._custom(namespace, f"pods/*/{quote(metric)}", metric, selector, metric_selector)
        return {item["describedObject"]["name"]: _sample(item) for item in found}

    async def object(self, metric: str, namespace: str, described: Object, metric_selector: Selector) -> int:
        """The amount of one object; of its namespace when that is what is described."""
        group, _, version = described.get("apiVersion", "").rpartition("/")
        if described["kind"] == "Namespace" and not group:
            what = f"metrics/{quote(metric)}"
        else:
            try:
                (r, *_) = await self._scales.of_kind(group, described["kind"], version)
            except NoMatch as error:
                raise MetricError(f"unable to fetch metrics from custom metrics API: {error}") from error
            resource = f"{r.resource}.{r.group}" if r.group else r.resource
            what = f"{resource}/{quote(described['name'])}/{quote(metric)}"
        found = await self._custom(namespace, what, metric, None, metric_selector)
        if len(found) != 1:
            raise MetricError(
                "unable to fetch metrics from custom metrics API: the custom metrics API server returned "
                f"{len(found)} results when we asked for exactly one"
            )
        return quantity.milli(found[0]["value"])

    async def external(self, metric: str, namespace: str, selector: Selector) -> int:
        """The sum of all series of the metric that the selector matches."""
        path = f"/apis/{EXTERNAL}/v1beta1/namespaces/{quote(namespace)}/{quote(metric)}"
        what = f"{metric}.{EXTERNAL}"
        found = await self._items(
            "external", path, what, {"labelSelector": "" if selector.nothing else str(selector)}
        )
        return sum(quantity.milli(item["value"]) for item in found)

    async def _custom(
        self, namespace: str, what: str, metric: str, selector: Selector | None, metric_selector: Selector
    ) -> list[Object]:
        version = await self._custom_version()
        path = f"/apis/{CUSTOM}/{version}/namespaces/{quote(namespace)}/{what}"
        query = {} if selector is None else {"labelSelector": str(selector)}
        if not metric_selector.nothing:
            query["metricLabelSelector"] = str(metric_selector)
        return await self._items("custom", path, f"{metric}.{CUSTOM}", query)

    async def _custom_version(self) -> str:
        code, body = await self._get(f"/apis/{CUSTOM}")
        if code >= 300:
            raise MetricError(
                "unable to fetch metrics from custom metrics API: no custom metrics API "
                f"({CUSTOM}) registered"
            )
        served = {version["version"] for version in orjson.loads(body).get("versions") or ()}
        return next((version for version in CUSTOM_VERSIONS if version in served), CUSTOM_VERSIONS[0])

    async def _items(self, api: str, path: str, what: str, query: Mapping[str, str]) -> list[Object]:
        text = urlencode({name: value for name, value in query.items() if value})
        code, body = await self._get(f"{path}?{text}" if text else path)
        failed = f"unable to fetch metrics from {api} metrics API"
        if code >= 300:
            raise MetricError(f"{failed}: {_reason(code, body, what)}")
        items: list[Object] = orjson.loads(body).get("items") or []
        if not items:
            raise MetricError(f"no metrics returned from {api} metrics API")
        return items

    async def _get(self, path: str) -> tuple[int, bytes]:
        try:
            code, _, body = await self._client.raw("GET", path)
        except Unreachable as error:
            raise MetricError(str(error)) from error
        return code, body


def _sample(item: Object) -> Sample:
    seconds = item.get("windowSeconds", item.get("window"))
    window = WINDOW if seconds is None else timedelta(seconds=seconds)
    return Sample(quantity.milli(item["value"]), parse_rfc3339(item["timestamp"]), window)


def _reason(code: int, body: bytes, what: str) -> str:
    """What client-go says of an answer: its Status, or for one without a Status what its code means."""
    error: StatusError = from_answer(code, body)
    if code == 404 and not body.lstrip().startswith(b"{"):
        return f"the server could not find the requested resource (get {what})"
    if code == 503 and not body.lstrip().startswith(b"{"):
        return f"the server is currently unable to handle the request (get {what})"
    return error.message
