"""`agnhost webhook` and `agnhost crd-conversion-webhook`: the servers that tests of admission and conversion
call."""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Callable
from typing import Any

from . import web
from .echo import parse

Object = dict[str, Any]
Decide = Callable[[Object], Object]
"""A review's request → its response, without the uid."""
UNWANTED = "webhook-disallow"
MARK = "webhook-e2e-test"
ALLOWED: Object = {"allowed": True}


def webhook(arguments: list[str]) -> int:
    return _serve(arguments, _admit)


def conversion(arguments: list[str]) -> int:
    return _serve(arguments, _convert)


def _serve(arguments: list[str], review: Callable[[str, Object], Object | None]) -> int:
    options = parse(arguments)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options["tls-cert-file"], options["tls-private-key-file"])

    def answer(request: web.Request) -> web.Response:
        if request.path == "/readyz":
            return web.Response("ok")
        asked = json.loads(request.body)
        response = review(request.path, asked)
        if response is None:
            return web.Response("404 page not found\n", 404)
        body = {**{key: asked[key] for key in ("kind", "apiVersion")}, "response": response}
        return web.Response(json.dumps(body), content_type="application/json")

    return web.serve(answer, [int(options.get("port", "443"))], log=False, tls=context)


def _admit(path: str, review: Object) -> Object | None:
    decide = DECISIONS.get(path)
    request = review["request"]
    return {"uid": request["uid"], **decide(request)} if decide is not None else None


def _denied(message: str) -> Object:
    return {"allowed": False, "status": {"message": message}}


def _patched(*operations: Object) -> Object:
    patch = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"allowed": True, "patch": patch, "patchType": "JSONPatch"}


def _slow(request: Object) -> Object:
    time.sleep(5)
    return ALLOWED


def _labelled(request: Object) -> Object:
    labels = request["object"]["metadata"].get("labels")
    if not labels:
        return _patched({"op": "add", "path": "/metadata/labels", "value": {"added-label": "yes"}})
    return _patched({"op": "add", "path": "/metadata/labels/added-label", "value": "yes"})


def _pod(request: Object) -> Object:
    pod = request["object"]
    problems = []
    label = (pod["metadata"].get("labels") or {}).get(MARK)
    if label == UNWANTED:
        problems.append("the pod contains unwanted label; ")
    if label == "wait-forever":
        time.sleep(3600)
    if any(UNWANTED in container["name"] for container in pod["spec"]["containers"]):
        problems.append("the pod contains unwanted container name; ")
    return _denied("".join(problems).strip()) if problems else ALLOWED


def _attached(request: Object) -> Object:
    name = request["name"]
    if name == "to-be-attached-pod":
        return _denied(f"attaching to pod '{name}' is not allowed")
    return ALLOWED


def _with_init_container(request: Object) -> Object:
    if request["object"]["metadata"].get("name") != "webhook-to-be-mutated":
        return ALLOWED
    container = {"image": "webhook-added-image", "name": "webhook-added-init-container", "resources": {}}
    return _patched({"op": "add", "path": "/spec/initContainers", "value": [container]})


def _refusing_data(what: str, data: str) -> Decide:
    """Says so in the reason, not the message, as the real program does."""

    def decide(request: Object) -> Object:
        gone = request["operation"] == "DELETE"
        obj = request["oldObject"] if gone else request["object"]
        mark = (obj.get("data") or {}).get(MARK)
        if gone and mark == "webhook-nondeletable":
            return _refused(f"{what} cannot be deleted because it contains unwanted key and value")
        if not gone and mark == UNWANTED:
            return _refused(f"{what} contains unwanted {data}")
        return ALLOWED

    return decide


def _refused(reason: str) -> Object:
    return {"allowed": False, "status": {"reason": reason}}


def _staged(request: Object) -> Object:
    """The first stage after the start, the second after the first."""
    data = request["object"].get("data") or {}
    stages = {"mutation-start": "mutation-stage-1", "mutation-stage-1": "mutation-stage-2"}
    added = [
        {"op": "add", "path": f"/data/{then}", "value": "yes"}
        for seen, then in stages.items()
        if data.get(seen) == "yes"
    ]
    return _patched(*added) if added else ALLOWED


def _definition(request: Object) -> Object:
    label = (request["object"]["metadata"].get("labels") or {}).get(MARK)
    return _denied("the crd contains unwanted label") if label == UNWANTED else ALLOWED


DECISIONS: dict[str, Decide] = {
    "/always-allow-delay-5s": _slow,
    "/always-deny": lambda request: _denied("this webhook denies all requests"),
    "/add-label": _labelled,
    "/pods": _pod,
    "/pods/attach": _attached,
    "/mutating-pods": _with_init_container,
    "/configmaps": _refusing_data("the configmap", "key and value"),
    "/mutating-configmaps": _staged,
    "/custom-resource": _refusing_data("the custom resource", "data"),
    "/mutating-custom-resource": _staged,
    "/crd": _definition,
}


def _convert(path: str, review: Object) -> Object | None:
    """`hostPort` of v1 is `host` and `port` of v2."""
    if path != "/crdconvert":
        return None
    request = review["request"]
    wanted = request["desiredAPIVersion"]
    converted = [_as_version(obj, wanted) for obj in request["objects"]]
    return {"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": converted}


def _as_version(obj: Object, api_version: str) -> Object:
    new = {**obj, "apiVersion": api_version}
    if api_version.endswith("/v1") and ("host" in new or "port" in new):
        new["hostPort"] = f"{new.pop('host', '')}:{new.pop('port', '')}"
    elif api_version.endswith("/v2") and "hostPort" in new:
        new["host"], _, new["port"] = new.pop("hostPort").partition(":")
    return new
