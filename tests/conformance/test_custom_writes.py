"""Apply, nulls, bodies that are too deep or too large, definitions that come back (upstream: the integration
tests of apiextensions-apiserver: apply, limit, registration, finalization, basic)."""

from __future__ import annotations

import pytest

from tests.conformance.api import APPLY_PATCH, JSON_PATCH, MERGE_PATCH, Api, Object
from tests.conformance.custom import DEFINITIONS, Custom, body, defined, established, version
from tests.e2e.waiting import until

VALUES = {"numVal": 1, "boolVal": True, "stringVal": "1"}
LIMIT = 3 * 1024 * 1024


def test_applying_what_somebody_changed(api: Api, namespace: str) -> None:
    """A conflict with causes, and force."""
    with defined(api) as custom:
        path, obj = custom.path(namespace, "mytest"), custom.obj("mytest", values=VALUES)
        api.apply(path, obj, "apply_test")
        api.patch(path, {"values": {"numVal": 5}}, fieldManager="other")
        answer = api.ask("PATCH", path, obj, content_type=APPLY_PATCH, fieldManager="apply_test")
        assert answer.code == 409
        (cause,) = answer.obj["details"]["causes"]
        assert cause["reason"] == "FieldManagerConflict" and cause["field"] == ".values.numVal"
        assert api.apply(path, obj, "apply_test", force="true")["values"] == VALUES


@pytest.mark.parametrize("nullable", (True, False), ids=("nullable", "not nullable"))
@pytest.mark.parametrize("parts", (True, False), ids=("required parts", "optional parts"))
def test_applying_null(api: Api, namespace: str, nullable: bool, parts: bool) -> None:
    """Over an object it takes the applier's fields away, and leaves an empty object."""
    words = {"a": {"type": "string"}, "b": {"type": "string"}}
    inner: Object = {"type": "object", "nullable": nullable, "properties": words}
    inner |= {"required": ["a", "b"]} if parts else {}
    spec = {"type": "object", "properties": {"inner": inner}}
    with defined(api, version("v1", {"type": "object", "properties": {"spec": spec}})) as custom:
        path = custom.path(namespace, "a")
        api.apply(path, custom.obj("a", spec={"inner": {"a": "1", "b": "2"}}))
        null = custom.obj("a", spec={"inner": None})
        if parts:
            options = {"content_type": APPLY_PATCH, "fieldManager": "manager"}
            assert "spec.inner.a: Required value" in api.fails(422, "PATCH", path, null, **options)
        else:
            assert api.apply(path, null)["spec"] == {"inner": {}}


def deep(around: int) -> str:
    half = LIMIT // 2 - around
    return "[" * half + "]" * half


def test_bodies_that_are_too_deep_or_too_large(api: Api, namespace: str) -> None:
    """Refused, and quickly."""
    with defined(api) as custom:
        path = custom.path(namespace)
        head = f'{{"apiVersion": "{custom.group}/v1", "kind": "{custom.kind}", "metadata": {{"name": "a"}}'
        for text, code in ((deep(0), 413), (deep(500), 400), ("[" * (LIMIT - 1000), 400)):
            assert api.ask("POST", path, f'{head}, "values": {text}}}').code == code
        plain = f"apiVersion: {custom.group}/v1\nkind: {custom.kind}\nmetadata: {{name: a}}\nvalues: "
        for text, code in (("[" * LIMIT, 413), (deep(500), 400), ("[" * (LIMIT - 1000), 400)):
            assert api.ask("POST", path, plain + text, content_type="application/yaml").code == code
        api.create(path, custom.obj("a"))
        patches = {
            JSON_PATCH: f'[{{"op":"add","path":"/foo","value":{deep(100)}}}]',
            MERGE_PATCH: f'{{"value":{deep(100)}}}',
            APPLY_PATCH: f'{{"value":{deep(100)}}}',
        }
        for kind, patch in patches.items():
            answer = api.ask("PATCH", f"{path}/a", patch, content_type=kind, fieldManager="test")
            assert answer.code == 400, (kind, answer.text)


def again(api: Api, custom: Custom) -> None:
    api.create(DEFINITIONS, body(custom, [version("v1")]))
    until(lambda: established(api.get(custom.definition)), what="the definition's establishment")
    until(lambda: api.ask("GET", custom.path()).code == 200, what="the path")


def test_a_definition_that_comes_back_is_empty(api: Api, namespace: str) -> None:
    """Objects go with their definition."""
    with defined(api) as custom:
        api.create(custom.path(namespace), custom.obj("foo"))
        api.delete(custom.definition)
        until(lambda: api.gone(custom.definition), what="the definition's end")
        assert api.gone(custom.path(namespace)) and api.gone(custom.path(namespace, "foo"))
        again(api, custom)
        assert api.names(custom.path(namespace)) == []
        made = api.create(custom.path(namespace), custom.obj("foo"))
        assert api.get(custom.path(namespace))["items"] == [made]


def test_a_finalizer_holds_the_definition(api: Api, namespace: str) -> None:
    """The definition waits for its objects; nothing new is made meanwhile."""
    with defined(api) as custom:
        obj = custom.obj("foo")
        obj["metadata"]["finalizers"] = ["example.com/finalizer"]
        api.create(custom.path(namespace), obj)
        api.delete(custom.definition)
        path = custom.path(namespace, "foo")
        until(lambda: "deletionTimestamp" in api.get(path)["metadata"], what="the object's deletion")
        assert "deletionTimestamp" in api.get(custom.definition)["metadata"]
        message = api.fails(403, "POST", custom.path(namespace), custom.obj("bar"))
        assert "create not allowed while custom resource definition is terminating" in message
        api.patch(path, {"metadata": {"finalizers": None}})
        until(lambda: api.gone(custom.definition), what="the definition's end")
        again(api, custom)


def test_selectors_and_preconditions(api: Api, namespace: str) -> None:
    """Labels select for lists, watches and deletions; a wrong uid deletes nothing."""
    with defined(api) as custom:
        path = custom.path(namespace)
        for name, color in (("a", "red"), ("b", "blue"), ("c", "red")):
            obj = custom.obj(name)
            obj["metadata"]["labels"] = {"color": color}
            api.create(path, obj)
        assert api.names(path, labelSelector="color in (red,green)") == ["a", "c"]
        assert api.names(path, fieldSelector="metadata.name!=a", labelSelector="color=red") == ["c"]
        options = {"preconditions": {"uid": "somebody-else"}}
        assert "UID in the precondition" in api.fails(409, "DELETE", f"{path}/a", options)
        api.delete(path, labelSelector="color=red")
        assert api.names(path) == ["b"]


def scaled(name: str, path: str, *, storage: bool) -> Object:
    scale = {"specReplicasPath": path, "statusReplicasPath": ".status.replicas"}
    return version(name, subresources={"status": {}, "scale": scale}, storage=storage)


def test_owners_after_scaling(api: Api, namespace: str) -> None:
    """What a scale takes over, the applier owns no longer, in whichever version either wrote."""
    versions = (
        scaled("v1beta1", ".spec.replicas[0]", storage=True),
        scaled("v1", ".spec.replicas", storage=False),
    )
    with defined(api, *versions) as custom:
        first = custom.obj("foo", "v1beta1", spec={"num": 10, "replicas[0]": 3})
        api.create(custom.path(namespace), first, fieldManager="first")
        path = custom.path(namespace, "foo", "v1")
        api.apply(path, custom.obj("foo", "v1", spec={"replicas": 3}), "applier")
        api.patch(f"{path}/scale", {"spec": {"replicas": 5}}, fieldManager="scaler")
        applier, scaler, rest = api.get(path)["metadata"]["managedFields"]
        assert (applier["manager"], applier["operation"]) == ("applier", "Apply")
        assert applier["fieldsV1"] == {"f:spec": {}} and "subresource" not in applier
        assert (scaler["manager"], scaler["operation"]) == ("scaler", "Update")
        assert scaler["fieldsV1"] == {"f:spec": {"f:replicas": {}}} and scaler["subresource"] == "scale"
        assert {one["apiVersion"] for one in (applier, scaler)} == {f"{custom.group}/v1"}
        assert rest["manager"] == "first" and rest["apiVersion"] == f"{custom.group}/v1beta1"


def test_only_the_status_is_checked_with_the_status(api: Api, namespace: str) -> None:
    """A number that became too large stays where nobody writes it; a replica count is an int32."""
    number = {"type": "integer", "maximum": 10}
    part = {"type": "object", "properties": {"num": number, "replicas": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"spec": part, "status": part}}
    versioned = {**scaled("v1", ".spec.replicas", storage=True), "schema": {"openAPIV3Schema": schema}}
    with defined(api, versioned) as custom:
        made = api.create(custom.path(namespace), custom.obj("foo", spec={"num": 10}))
        path = custom.path(namespace, "foo")
        assert "spec.num" in api.fails(422, "PUT", path, {**made, "spec": {"num": 15}})
        status = {**made, "spec": {"num": 15}, "status": {"num": 10}}
        assert api.update(f"{path}/status", status)["spec"] == {"num": 10}
        message = api.fails(422, "PATCH", f"{path}/status", {"status": {"num": 15}}, content_type=MERGE_PATCH)
        assert "status.num" in message
        large = {"spec": {"replicas": 2**63 - 1}}
        assert "replicas" in api.fails(422, "PATCH", path, large, content_type=MERGE_PATCH)
