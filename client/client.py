"""Requests to the API: one aiohttp session, objects as dicts, failures as `StatusError` or `Unreachable`."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson

from ..apimachinery.clock import SystemClock
from ..apimachinery.gvk import GroupVersionResource
from . import cause, errors, tls, watch
from .calls import Calls
from .config import ClientConfig

Object = dict[str, Any]
Patch = dict[str, Any] | list[dict[str, Any]]

JSON = "application/json"
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}
REQUEST_SECONDS = 60.0
CONNECT_SECONDS = 10.0
CONCURRENT = 32
"""Requests in flight; watches do not count. More connections cost more handshakes than they win."""
RETRIES = 10
PARTIAL = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1,application/json"
"""Accept header of who wants metadata only. An aggregated server may know no other form than the whole."""


def object_path(r: GroupVersionResource, namespace: str, name: str = "", subresource: str = "") -> str:
    path = r.prefix
    if namespace and r.namespaced:
        path += f"/namespaces/{quote(namespace, safe='')}"
    path += f"/{r.resource}"
    if name:
        path += f"/{quote(name, safe='')}"
    return f"{path}/{subresource}" if subresource else path


class Client:
    """One identity at one server. Use as `async with Client(config) as client`."""

    def __init__(self, config: ClientConfig) -> None:
        self.config = config
        self._clock = SystemClock(config.time_scale)
        self._slots = asyncio.Semaphore(CONCURRENT)
        self._calls = Calls(config.server)
        self._session: aiohttp.ClientSession | None = None
        self._may_write: Callable[[], bool] = _always

    def guarded(self, may_write: Callable[[], bool]) -> Self:
        """This open client, for a component that may write only while `may_write` holds: it is asked right
        before each write is sent, and a write it forbids is Unreachable."""
        found = copy.copy(self)
        found._may_write = may_write
        return found

    def _permit(self, method: str) -> None:
        if method != "GET" and not self._may_write():
            raise errors.Unreachable("not sent: the right to write has run out")

    async def __aenter__(self) -> Self:
        headers = {"User-Agent": self.config.user_agent, "Accept": JSON}
        if self.config.token:
            headers["Authorization"] = f"Bearer {self.config.token}"
        context = tls.context(self.config)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ssl=context if context is not None else True),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, connect=CONNECT_SECONDS),
            auto_decompress=True,
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self, r: GroupVersionResource, name: str, namespace: str = "", *, subresource: str = ""
    ) -> Object:
        return await self._call("GET", object_path(r, namespace, name, subresource))

    async def list(
        self,
        r: GroupVersionResource,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        limit: int = 0,
        resource_version: str = "",
        continue_token: str = "",
        metadata_only: bool = False,
    ) -> Object:
        """The List; unlike on the wire, every item carries its kind and apiVersion. With `metadata_only` the
        items are PartialObjectMetadata where the server can make them."""
        query = _query(
            labelSelector=label_selector,
            fieldSelector=field_selector,
            limit=str(limit) if limit else "",
            resourceVersion=resource_version,
        )
        query |= _query(**{"continue": continue_token})
        accept = PARTIAL.format("List") if metadata_only else ""
        found = await self._call("GET", object_path(r, namespace), query=query, accept=accept)
        kind = str(found.get("kind", "")).removesuffix("List")
        api_version = found.get("apiVersion")
        items = found.get("items") or []
        for item in items:
            item.setdefault("kind", kind)
            item.setdefault("apiVersion", api_version)
        found["items"] = items
        return found

    async def create(
        self,
        r: GroupVersionResource,
        obj: Object,
        namespace: str = "",
        *,
        subresource: str = "",
        name: str = "",
    ) -> Object:
        """`name` is needed for a subresource only (`pods/binding`, `serviceaccounts/token`)."""
        where = namespace or obj.get("metadata", {}).get("namespace", "")
        path = object_path(r, where, name if subresource else "", subresource)
        return await self._call("POST", path, body=obj)

    async def update(
        self, r: GroupVersionResource, obj: Object, namespace: str = "", *, subresource: str = ""
    ) -> Object:
        meta = obj["metadata"]
        where = namespace or meta.get("namespace", "")
        return await self._call("PUT", object_path(r, where, meta["name"], subresource), body=obj)

    async def patch(
        self,
        r: GroupVersionResource,
        name: str,
        patch: Patch,
        namespace: str = "",
        *,
        kind: str = "merge",
        subresource: str = "",
        field_manager: str = "",
        force: bool = False,
    ) -> Object:
        """`kind` is one of merge, strategic, json and apply (which needs a field manager)."""
        return await self._call(
            "PATCH",
            object_path(r, namespace, name, subresource),
            query=_query(fieldManager=field_manager, force="true" if force else ""),
            body=patch,
            content_type=PATCH_TYPES[kind],
        )

    async def delete(
        self,
        r: GroupVersionResource,
        name: str,
        namespace: str = "",
        *,
        uid: str = "",
        grace: int | None = None,
        propagation: str = "",
        resource_version: str = "",
    ) -> Object:
        """The deleted object or a Status. `uid` and `resource_version` are preconditions."""
        options = _delete_options(uid, resource_version, grace, propagation)
        return await self._call("DELETE", object_path(r, namespace, name), body=options)

    async def delete_collection(
        self,
        r: GroupVersionResource,
        namespace: str = "",
        *,
        label_selector: str = "",
        field_selector: str = "",
        grace: int | None = None,
        propagation: str = "",
    ) -> Object:
        query = _query(labelSelector=label_selector, fieldSelector=field_selector)
        options = _delete_options("", "", grace, propagation)
        return await self._call("DELETE", object_path(r, namespace), query=query, body=options)

    async def watch(
        self,
        r: GroupVersionResource,
        namespace: str = "",
        *,
        resource_version: str,
        label_selector: str = "",
        field_selector: str = "",
        bookmarks: bool = True,
        timeout_seconds: int = 480,
        metadata_only: bool = False,
    ) -> AsyncIterator[watch.WatchEvent]:
        """Events after `resource_version` until the server ends the watch. StatusError 410: list anew.
        `metadata_only` is as in `list`."""
        query = _query(
            watch="true",
            resourceVersion=resource_version,
            labelSelector=label_selector,
            fieldSelector=field_selector,
            allowWatchBookmarks="true" if bookmarks else "",
            timeoutSeconds=str(timeout_seconds),
        )
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=timeout_seconds + 30)
        headers = {"Accept": PARTIAL.format("")} if metadata_only else None
        path = object_path(r, namespace)
        async with self.open("GET", path, query=query, timeout=timeout, headers=headers) as response:
            try:
                async for event in watch.events(response):
                    yield event
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                raise _unreachable(error) from error

    async def raw(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], bytes]:
        """An answer as it came, whatever its code. `path` may carry a query."""
        async with self._slots:
            self._permit(method)
            try:
                async with self.session.request(
                    method,
                    self.config.server + path,
                    data=body,
                    headers=headers,
                    server_hostname=self._expected,
                ) as response:
                    answer = await response.read()
                    self._calls.begun(method, response.status)
                    return response.status, response.headers, answer
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self._calls.failed(method)
                raise _unreachable(error) from error

    @asynccontextmanager
    async def open(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        timeout: aiohttp.ClientTimeout,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A successful answer whose body is read as it comes (watches, logs)."""
        try:
            response = await self.session.request(
                method,
                self.config.server + path,
                params=query,
                headers=headers,
                timeout=timeout,
                server_hostname=self._expected,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self._calls.failed(method)
            raise _unreachable(error) from error
        self._calls.begun(method, response.status)
        try:
            if response.status >= 300:
                raise errors.from_answer(response.status, await response.read())
            yield response
        finally:
            response.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session, for streams that are no plain requests (WebSockets)."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        return self._session

    @property
    def _expected(self) -> str | None:
        return self.config.server_name or None

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = JSON,
        accept: str = "",
    ) -> Object:
        """One request; as client-go does, an answer that says `Retry-After` is asked again."""
        data = orjson.dumps(body) if body is not None else None
        headers = {"Content-Type": content_type} if data is not None else None
        if accept:
            headers = {**(headers or {}), "Accept": accept}
        if method != "GET" and (why := cause.header()):
            headers = {**(headers or {}), cause.HEADER: why}
        for left in range(RETRIES, -1, -1):
            code, after, answer = await self._once(method, path, query, data, headers)
            if after and left and (code == 429 or code >= 500):
                self._calls.retried(method, code)
                await self._clock.sleep(float(after))
                continue
            break
        if code >= 300:
            raise errors.from_answer(code, answer)
        try:
            value: Object = orjson.loads(answer)
        except ValueError as error:
            raise errors.Unreachable(f"{method} {path}: the answer is not JSON") from error
        return value

    async def _once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        data: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[int, str, bytes]:
        """Code, `Retry-After` (digits or empty) and body."""
        async with self._slots:
            self._permit(method)
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                async with self.session.request(
                    method,
                    self.config.server + path,
                    params=query,
                    data=data,
                    headers=headers,
                    server_hostname=self._expected,
                ) as response:
                    after = response.headers.get("Retry-After", "")
                    code, answer = response.status, await response.read()
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                self._calls.failed(method)
                raise _unreachable(error) from error
            self._calls.answered(method, code, loop.time() - began, len(data or b""), len(answer))
            return code, after if after.isdigit() else "", answer


def _always() -> bool:
    return True


def _query(**values: str) -> dict[str, str]:
    return {key: value for key, value in values.items() if value}


def _unreachable(error: Exception) -> errors.Unreachable:
    return errors.Unreachable(str(error) or type(error).__name__)


def _delete_options(uid: str, resource_version: str, grace: int | None, propagation: str) -> Object | None:
    preconditions = _query(uid=uid, resourceVersion=resource_version)
    options: Object = {}
    if preconditions:
        options["preconditions"] = preconditions
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    if propagation:
        options["propagationPolicy"] = propagation
    return {"kind": "DeleteOptions", "apiVersion": "v1", **options} if options else None
