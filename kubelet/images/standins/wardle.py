"""`registry.k8s.io/e2e-test-images/sample-apiserver`: an extension API server with flunders and fischers of
wardle.example.com.

Its objects live in memory, so that its etcd beside it may be idle. It has no watches and no authentication of
its own (the real one asks for the front proxy's certificate), and takes merge patches only.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from typing import Any, NamedTuple

from . import web
from .echo import parse

Object = dict[str, Any]
GROUP = "wardle.example.com"
VERSIONS = ("v1alpha1", "v1beta1")
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update"]


class Kind(NamedTuple):
    name: str
    namespaced: bool
    versions: tuple[str, ...]


KINDS = {
    "flunders": Kind("Flunder", True, VERSIONS),
    "fischers": Kind("Fischer", False, VERSIONS[:1]),
}


class Place(NamedTuple):
    """What a path leads to: objects of a kind, or one of them by its name."""

    version: str
    plural: str
    namespace: str
    name: str

    @property
    def api_version(self) -> str:
        return f"{GROUP}/{self.version}"


class FailedError(Exception):
    """An answer that is an error."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code,
        }
        self.code = code


class Store:
    """Objects by (plural, namespace, name), in the version that was written last."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str, str], Object] = {}
        self._revision = 1
        self._lock = threading.Lock()

    def answer(self, method: str, place: Place, body: bytes) -> tuple[int, Object]:
        """(status code, object) of a request. FailedError for what cannot be done."""
        with self._lock:
            if method == "POST":
                return 201, self._create(place, json.loads(body))
            if not place.name:
                return 200, self._remove_all(place) if method == "DELETE" else self._list(place)
            found = self._get(place)
            if method == "DELETE":
                del self._objects[self._key(place, place.name)]
                return 200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
            if method == "PUT":
                return 200, self._update(place, found, json.loads(body))
            if method == "PATCH":
                return 200, self._update(place, found, _merged(found, json.loads(body)))
            return 200, _as(place, found)

    def _key(self, place: Place, name: str) -> tuple[str, str, str]:
        return place.plural, place.namespace, name

    def _get(self, place: Place) -> Object:
        found = self._objects.get(self._key(place, place.name))
        if found is None:
            raise FailedError(404, "NotFound", f'{place.plural}.{GROUP} "{place.name}" not found')
        return found

    def _within(self, place: Place) -> list[tuple[str, str, str]]:
        keys = sorted(self._objects)
        return [k for k in keys if k[0] == place.plural and (not place.namespace or k[1] == place.namespace)]

    def _list(self, place: Place) -> Object:
        return {
            "kind": f"{KINDS[place.plural].name}List",
            "apiVersion": place.api_version,
            "metadata": {"resourceVersion": str(self._revision)},
            "items": [_as(place, self._objects[key]) for key in self._within(place)],
        }

    def _remove_all(self, place: Place) -> Object:
        listed = self._list(place)
        for key in self._within(place):
            del self._objects[key]
        return listed

    def _create(self, place: Place, obj: Object) -> Object:
        meta = dict(obj.get("metadata") or {})
        name = meta.get("name") or f"{meta.get('generateName', '')}{uuid.uuid4().hex[:5]}"
        if self._key(place, name) in self._objects:
            raise FailedError(409, "AlreadyExists", f'{place.plural}.{GROUP} "{name}" already exists')
        if place.namespace:
            meta["namespace"] = place.namespace
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        meta |= {"name": name, "uid": str(uuid.uuid4()), "creationTimestamp": stamp}
        return self._put(place, name, {**obj, "metadata": meta})

    def _update(self, place: Place, old: Object, obj: Object) -> Object:
        meta, kept = dict(obj.get("metadata") or {}), old["metadata"]
        version = meta.get("resourceVersion", kept["resourceVersion"])
        if version != kept["resourceVersion"]:
            what = f'Operation cannot be fulfilled on {place.plural}.{GROUP} "{place.name}"'
            why = (
                "the object has been modified; please apply your changes to the latest version and try again"
            )
            raise FailedError(409, "Conflict", f"{what}: {why}")
        fixed = ("name", "namespace", "uid", "creationTimestamp")
        meta |= {key: kept[key] for key in fixed if key in kept}
        return self._put(place, place.name, {**obj, "metadata": meta})

    def _put(self, place: Place, name: str, obj: Object) -> Object:
        self._revision += 1
        obj["metadata"]["resourceVersion"] = str(self._revision)
        if KINDS[place.plural].namespaced:
            obj = {"spec": {}, "status": {}, **obj}
        self._objects[self._key(place, name)] = obj
        return _as(place, obj)


def _as(place: Place, obj: Object) -> Object:
    return {**obj, "kind": KINDS[place.plural].name, "apiVersion": place.api_version}


def _merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = _merged(target.get(key), value)
    return target


def _group() -> Object:
    versions = [{"groupVersion": f"{GROUP}/{version}", "version": version} for version in VERSIONS]
    return {"name": GROUP, "versions": versions, "preferredVersion": versions[-1]}


def _resources(version: str) -> Object:
    served = [
        {
            "name": plural,
            "singularName": plural[:-1],
            "namespaced": kind.namespaced,
            "kind": kind.name,
            "verbs": VERBS,
        }
        for plural, kind in KINDS.items()
        if version in kind.versions
    ]
    head = {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{GROUP}/{version}"}
    return {**head, "resources": served}


def _schema(version: str, kind: Kind) -> Object:
    words = {"type": "string"}
    fields: Object = {name: {"type": "object"} for name in ("metadata", "spec", "status")}
    if not kind.namespaced:
        fields = {"metadata": fields["metadata"], "disallowedFlunders": {"type": "array", "items": words}}
    named = {"group": GROUP, "version": version, "kind": kind.name}
    properties = {"apiVersion": words, "kind": words, **fields}
    return {"type": "object", "properties": properties, "x-kubernetes-group-version-kind": [named]}


def _openapi(parts: list[str]) -> Object | None:
    """Version 3: the list of documents, or one of them."""
    if not parts:
        listed = [f"apis/{GROUP}/{version}" for version in VERSIONS]
        return {"paths": {one: {"serverRelativeURL": f"/openapi/v3/{one}?hash=1"} for one in listed}}
    if len(parts) != 3 or parts[:2] != ["apis", GROUP] or parts[2] not in VERSIONS:
        return None
    version = parts[2]
    kinds = {plural: kind for plural, kind in KINDS.items() if version in kind.versions}
    read = {"get": {"responses": {"200": {"description": "OK"}}}}
    schemas = {f"com.example.wardle.{version}.{kind.name}": _schema(version, kind) for kind in kinds.values()}
    return {
        "openapi": "3.0.0",
        "info": {"title": "Wardle", "version": "v0"},
        "paths": {f"/apis/{GROUP}/{version}/{plural}": read for plural in kinds},
        "components": {"schemas": schemas},
    }


def _document(path: list[str]) -> Object | None:
    """Discovery and OpenAPI, None for all other paths."""
    if path[:2] == ["openapi", "v3"]:
        return _openapi(path[2:])
    if path[:1] != ["apis"]:
        return None
    parts = path[1:]
    if not parts:
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group()]}
    if parts == [GROUP]:
        return {"kind": "APIGroup", "apiVersion": "v1", **_group()}
    if len(parts) == 2 and parts[0] == GROUP and parts[1] in VERSIONS:
        return _resources(parts[1])
    return None


def _place(parts: list[str]) -> Place | None:
    """`GROUP/VERSION[/namespaces/NAMESPACE]/PLURAL[/NAME]`."""
    if len(parts) < 3 or parts[0] != GROUP:
        return None
    version, rest, namespace = parts[1], parts[2:], ""
    if rest[0] == "namespaces" and len(rest) > 2:
        namespace, rest = rest[1], rest[2:]
    kind = KINDS.get(rest[0])
    if kind is None or version not in kind.versions or len(rest) > 2:
        return None
    return Place(version, rest[0], namespace, rest[1] if len(rest) == 2 else "")


def _json(code: int, obj: Object) -> web.Response:
    return web.Response(json.dumps(obj), code, "application/json")


def main(argv: list[str]) -> int:
    # Not for the zygote, which every program is forked from.
    import ssl

    options = parse(argv[1:])
    if "tls-cert-file" not in options or "tls-private-key-file" not in options:
        sys.stderr.write("Error: this program needs --tls-cert-file and --tls-private-key-file\n")
        return 1
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["tls-cert-file"], options["tls-private-key-file"])
    store = Store()

    def answer(request: web.Request) -> web.Response:
        if request.path in ("/readyz", "/healthz", "/livez"):
            return web.Response("ok")
        parts = [part for part in request.path.split("/") if part]
        document = _document(parts)
        if document is not None:
            return _json(200, document)
        place = _place(parts[1:]) if parts[:1] == ["apis"] else None
        try:
            if place is None:
                raise FailedError(404, "NotFound", "the server could not find the requested resource")
            return _json(*store.answer(request.method, place, request.body))
        except FailedError as failed:
            return _json(failed.code, failed.status)

    return web.serve(answer, [int(options.get("secure-port", "443"))], tls=context)
