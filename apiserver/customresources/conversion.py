"""Objects of one version as another: by name only, or by the definition's webhook.

Source: apiextensions-apiserver pkg/apiserver/conversion.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from ...apimachinery import errors, jsonio
from ...apimachinery.field import FieldError
from ..callout import BadBundle, CallFailed, CallOut, Target
from ..registry.strategy import Object
from ..registry.validation.metadata import validate_annotations, validate_labels

REVIEW_GROUP = "apiextensions.k8s.io"
TIMEOUT = 30.0
"""Seconds a conversion webhook has, which its URL is told."""
GO_TYPES = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    list: "[]interface {}",
    type(None): "<nil>",
}


class Converter(Protocol):
    """Makes objects (independent copies, each of its own version) objects of `api_version`, in order."""

    async def convert(self, objects: Sequence[Object], api_version: str) -> list[Object]: ...


class Renaming:
    """Strategy None: only apiVersion differs."""

    async def convert(self, objects: Sequence[Object], api_version: str) -> list[Object]:
        for obj in objects:
            obj["apiVersion"] = api_version
        return list(objects)


class Webhook:
    """Strategy Webhook: all objects in one call, and a check of every answer. StatusError 500 with upstream's
    words when the webhook fails or lies."""

    def __init__(self, settings: Object, callout: CallOut, new_uid: Callable[[], str]) -> None:
        self._target = Target.of(settings.get("clientConfig") or {})
        versions = settings.get("conversionReviewVersions") or ()
        self._version = next((version for version in versions if version in ("v1", "v1beta1")), "")
        self._callout, self._new_uid = callout, new_uid

    async def convert(self, objects: Sequence[Object], api_version: str) -> list[Object]:
        if not objects:
            return []
        many = len(objects) > 1
        shown = f"{objects[0]['apiVersion']}, Kind={objects[0]['kind']}"
        try:
            converted = await self._ask(objects, api_version)
        except CallFailed as error:
            raise _failed(f"conversion webhook for {shown} failed: {error}") from None
        if len(converted) != len(objects):
            what = f"returned {len(converted)} objects, expected {len(objects)}"
            raise _failed(f"conversion webhook for {shown} {what}")
        for i, (obj, new) in enumerate(zip(objects, converted, strict=True)):
            problem = _check(obj, new, api_version, f"converted object at index {i}" if many else "", i)
            if problem:
                raise _failed(f"conversion webhook for {shown} returned {problem}")
        return converted

    async def _ask(self, objects: Sequence[Object], api_version: str) -> list[Any]:
        if not self._version:
            raise CallFailed("no supported conversion review versions")
        uid = self._new_uid()
        review = {
            "kind": "ConversionReview",
            "apiVersion": f"{REVIEW_GROUP}/{self._version}",
            "request": {"uid": uid, "desiredAPIVersion": api_version, "objects": list(objects)},
        }
        try:
            answer = await self._callout.post(self._target, review, timeout=TIMEOUT)
        except BadBundle as error:
            raise CallFailed(str(error)) from None
        if not isinstance(answer, dict):
            raise CallFailed("no response provided")
        if self._version == "v1":
            _check_review(answer)
        response = answer.get("response")
        if not isinstance(response, dict):
            raise CallFailed("no response provided")
        if self._version == "v1" and response.get("uid") != uid:
            raise CallFailed(f'expected response.uid="{uid}", got "{response.get("uid") or ""}"')
        result = response.get("result") if isinstance(response.get("result"), dict) else {}
        assert isinstance(result, dict)
        if result.get("status") != "Success":
            why = f"response.result.status was '{result.get('status') or ''}', not 'Success'"
            raise CallFailed(result.get("message") or why)
        converted = response.get("convertedObjects")
        return converted if isinstance(converted, list) else []


def _failed(message: str) -> errors.StatusError:
    return errors.StatusError(500, "", message)


def _check_review(answer: Object) -> None:
    wanted = f"{REVIEW_GROUP}/v1, Kind=ConversionReview"
    got = f"{answer.get('apiVersion') or ''}, Kind={answer.get('kind') or ''}"
    if got != wanted:
        raise CallFailed(f"expected webhook response of {wanted}, got {got.removeprefix(', ') or '/, Kind='}")


def _check(old: Object, new: Any, api_version: str, where: str, index: int) -> str:
    """What is wrong with a converted object; empty when it will do. Then its metadata is the old one's but
    for labels and annotations."""
    place = where or "object at index 0"
    if not isinstance(new, dict) or not new.get("kind"):
        return f"invalid {place}: Object 'Kind' is missing in '{jsonio.dumps(new).decode()}'"
    if new.get("apiVersion") != api_version:
        got = new.get("apiVersion") or "/"
        return f"invalid {place}: invalid groupVersion (expected {api_version}, received {got})"
    if new["kind"] != old["kind"]:
        return f"invalid {place}: invalid kind (expected {old['kind']}, received {new['kind']})"
    given = new.get("metadata")
    meta = given if isinstance(given, dict) else {}
    for key, label in (("name", "name"), ("namespace", "namespace"), ("uid", "UID")):
        if (old["metadata"].get(key) or "") != (meta.get(key) or ""):
            what = f"must have the same {label}: {old['metadata'].get(key, '')} != {meta.get(key) or ''}"
            return f"invalid {where or 'object'}: {what}"
    problem = _restore(old, new)
    place = f"metadata in object at index {index}" if where else "metadata"
    return f"invalid {place}: {problem}" if problem else ""


def _restore(old: Object, new: Object) -> str:
    if "metadata" not in new:
        return "missing metadata in converted object"
    given = new["metadata"]
    if not isinstance(given, dict):
        return f"invalid metadata of type {_go(given)} in converted object"
    meta = dict(old["metadata"])
    for key in ("labels", "annotations"):
        values = given.get(key)
        if values is None:
            meta.pop(key, None)
            continue
        if not isinstance(values, dict):
            return f"invalid metadata.{key} of type {_go(values)} in converted object"
        problem = _bad_values(key, values, meta.get(key) or {})
        if problem:
            return problem
        meta[key] = values
    new["metadata"] = meta
    return ""


def _bad_values(key: str, values: Object, before: Object) -> str:
    for name, value in values.items():
        if not isinstance(value, str):
            return f"metadata.{key}[{name}] must be a string, but is {_go(value)} in converted object"
    if values == before:
        return ""
    labels = key == "labels"
    check = validate_labels if labels else validate_annotations
    found: list[FieldError] = check(values, "metadata.labels" if labels else "metadata.annotation")
    texts = list(dict.fromkeys(map(str, found)))
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]" if texts else ""


def _go(value: Any) -> str:
    return GO_TYPES.get(type(value), "map[string]interface {}")
