"""AdmissionReview: the question, and what an answer must look like.

Source: admission.k8s.io v1 and v1beta1, k8s.io/apiserver pkg/admission/plugin/webhook/request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ....apimachinery import errors, field
from ....apimachinery.patch import json_patch
from ....apimachinery.schema import gobase64
from ....apimachinery.schema.registry import builtin
from ....apimachinery.schema.strict import DecodeError
from ....apimachinery.serializer import go_json, json_strict
from ...registry.strategy import Object, User
from ..matching import Match
from ..plugin import CONNECT, Attributes

GROUP = "admission.k8s.io"
KNOWN = ("v1", "v1beta1")
OPTIONS = {"CREATE": "CreateOptions", "UPDATE": "UpdateOptions", "DELETE": "DeleteOptions"}
JSON_PATCH = "JSONPatch"
_RESPONSE: dict[str, tuple[type, str]] = {
    "uid": (str, "types.UID"),
    "allowed": (bool, "bool"),
    "patch": (str, "[]uint8"),
    "patchType": (str, "VERSION.PatchType"),
    "auditAnnotations": (dict, "map[string]string"),
    "warnings": (list, "[]string"),
}
"""What the parts of an answer are in JSON, and what Go calls them."""
_FIELD = re.compile(r"(Go struct field \w+\.)")
SCHEME = "k8s.io/apiserver/pkg/util/webhook/client.go:71"


class BadAnswer(Exception):  # noqa: N818
    """An answer that is none; the text says what is wrong with it."""


class Undecodable(Exception):  # noqa: N818
    """An answer that Go's client cannot read."""


class BadPatch(Exception):  # noqa: N818
    """A patch that is none."""


class Answer(NamedTuple):
    """A verdict: JSON patch operations, none when nothing is to change, and a Status."""

    allowed: bool
    operations: list[json_patch.Operation]
    patch_type: str
    result: Object | None
    warnings: list[str]


def version(wanted: tuple[str, ...]) -> str:
    """The first version that both sides speak; BadAnswer when there is none."""
    for each in wanted:
        if each in KNOWN:
            return each
    raise BadAnswer("webhook does not accept known AdmissionReview versions (v1, v1beta1)")


def request(attrs: Attributes, match: Match, obj: Object | None, old: Object | None, uid: str) -> Object:
    """The AdmissionRequest; `obj` and `old` are in the version of `match`."""
    return {"uid": uid, **described(attrs, match), "object": obj, "oldObject": old}


def described(attrs: Attributes, match: Match) -> Object:
    """The AdmissionRequest without its objects: what match conditions know as `request`."""
    own = Match(attrs.group, attrs.version, attrs.resource, attrs.gvk)
    found: Object = {
        "kind": _kind(match),
        "resource": _resource(match),
        "requestKind": _kind(own),
        "requestResource": _resource(own),
        "operation": attrs.operation,
        "userInfo": user_info(attrs.user),
        "dryRun": attrs.dry_run,
        "options": options(attrs),
    }
    optional = {
        "subResource": attrs.subresource,
        "requestSubResource": attrs.subresource,
        "name": attrs.name,
        "namespace": attrs.of_namespace,
    }
    return found | {name: value for name, value in optional.items() if value}


def _kind(match: Match) -> Object:
    return {"group": match.gvk.group, "version": match.gvk.version, "kind": match.gvk.kind}


def _resource(match: Match) -> Object:
    return {"group": match.group, "version": match.version, "resource": match.resource}


def user_info(user: User) -> Object:
    info: Object = {"username": user.name} if user.name else {}
    if user.uid:
        info["uid"] = user.uid
    if user.groups:
        info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra.items()}
    return info


def options(attrs: Attributes) -> Object | None:
    """The verb's options as an object; a CONNECT has its own in `object`."""
    if attrs.operation == CONNECT:
        return None
    named = {"kind": OPTIONS[attrs.operation], "apiVersion": "meta.k8s.io/v1"}
    return {**named, **{key: value for key, value in attrs.options.items() if key not in named}}


def answer(said: Object, uid: str, spoken: str, *, mutating: bool) -> Answer:
    """The verdict of a decoded body. Undecodable, BadAnswer, BadPatch."""
    _check_kind(said, spoken)
    response = said.get("response")
    if response is None:
        raise BadAnswer("webhook response was absent")
    _check_types(response, spoken)
    patch, status = _patch(response), _status(response)
    if spoken == "v1":
        _check_v1(said, response, uid, mutating=mutating)
    allowed = bool(response.get("allowed"))
    kind = JSON_PATCH if spoken != "v1" else response.get("patchType") or ""
    operations = _operations(patch) if mutating and allowed else []
    return Answer(allowed, operations, kind, status, response.get("warnings") or [])


def _check_kind(said: Object, spoken: str) -> None:
    """What says nothing of its kind or version is read as what was asked for."""
    version, kind = said.get("apiVersion") or f"{GROUP}/{spoken}", said.get("kind") or "AdmissionReview"
    group, _, found = str(version).rpartition("/")
    if group != GROUP or found not in KNOWN or kind != "AdmissionReview":
        raise Undecodable(f'no kind "{kind}" is registered for version "{version}" in scheme "{SCHEME}"')
    if found != spoken:
        raise Undecodable(
            f"converting ({found}.AdmissionReview) to ({spoken}.AdmissionReview): unknown conversion"
        )


def _check_types(response: Any, spoken: str) -> None:
    if not isinstance(response, dict):
        raise _misfit(response, "AdmissionReview.response", f"{spoken}.AdmissionResponse")
    for name, (wanted, go_type) in _RESPONSE.items():
        value: Any = response.get(name)
        at = f"AdmissionResponse.response.{name}"
        if value is None:
            continue
        if not isinstance(value, wanted):
            raise _misfit(value, at, go_type.replace("VERSION", spoken))
        for each in _inner(name, value):
            if not isinstance(each, str | None):
                raise _misfit(each, at, "string")


def _status(response: Object) -> Object | None:
    """The Status as Go's struct holds it. Undecodable."""
    given = response.get("status")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise _misfit(given, "AdmissionResponse.response.status", "v1.Status")
    schema, status = builtin("", "v1", "Status"), dict(given)
    assert schema is not None
    try:
        schema.decode(status)
    except DecodeError as error:
        raise Undecodable(_FIELD.sub(r"\1response.status.", str(error), count=1)) from None
    return status


def _inner(name: str, value: Any) -> Iterable[Any]:
    """The texts that an annotation or a list of warnings holds."""
    if name == "auditAnnotations":
        return list(value.values())
    return list(value) if name == "warnings" else ()


def _misfit(value: Any, at: str, go_type: str) -> Undecodable:
    return Undecodable(go_json.misfit(value, go_type, at))


def _patch(response: Object) -> bytes:
    """Undecodable."""
    try:
        return gobase64.decode(response.get("patch") or "")
    except ValueError as error:
        raise Undecodable(str(error)) from None


def _check_v1(said: Object, response: Object, uid: str, *, mutating: bool) -> None:
    given = response.get("uid") or ""
    if given != uid:
        raise BadAnswer(f"expected response.uid={field.quote(uid)}, got {field.quote(given)}")
    group, _, found = str(said.get("apiVersion") or "").rpartition("/")
    kind = said.get("kind") or ""
    if (group, found, kind) != (GROUP, "v1", "AdmissionReview"):
        got = f"{group}/{found}, Kind={kind}"
        raise BadAnswer(f"expected webhook response of {GROUP}/v1, Kind=AdmissionReview, got {got}")
    patch, patch_type = response.get("patch"), response.get("patchType")
    if not mutating:
        for name, value in (("patch", patch), ("patchType", patch_type)):
            if value or (name == "patchType" and value is not None):
                raise BadAnswer(f"validating webhook may not return response.{name}")
        return
    if patch and patch_type is None:
        raise BadAnswer("webhook returned response.patch but not response.patchType")
    if not patch and patch_type is not None:
        raise BadAnswer("webhook returned response.patchType but not response.patch")
    if patch_type == "":
        raise BadAnswer('webhook returned invalid response.patchType of ""')


def _operations(data: bytes) -> list[json_patch.Operation]:
    """BadPatch."""
    if not data:
        return []
    try:
        value, _ = json_strict.loads(data)
    except ValueError as error:
        raise BadPatch(str(error)) from None
    if value is not None and not isinstance(value, list):
        raise BadPatch(go_json.misfit(value, "jsonpatch.Patch"))
    for item in value or ():
        if item is not None and not isinstance(item, dict):
            raise BadPatch(go_json.misfit(item, "jsonpatch.Operation"))
    return value or []


def denial(name: str, result: Object | None) -> errors.StatusError:
    """The error of a request that the webhook `name` refused with the Status `result`."""
    found = result or {}
    code, message, reason = found.get("code") or 0, found.get("message") or "", found.get("reason") or ""
    start = f"admission webhook {field.quote(name)} denied the request"
    text = f"{start}: {message or reason}" if message or reason else f"{start} without explanation"
    return errors.StatusError(max(code, 400), reason, text, found.get("details"))


def no_dry_run(name: str) -> errors.StatusError:
    return errors.bad_request(f"admission webhook {field.quote(name)} does not support dry run")
