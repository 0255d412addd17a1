"""Published schemas of made-up kinds, and what kubectl does with them (upstream:
test/e2e/apimachinery/crd_publish_openapi.go)."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.conformance.api import JSON_PATCH, Api, Object, unique
from tests.conformance.custom import ANYTHING, Custom, defined, version
from tests.e2e.kubectl import Kubectl
from tests.e2e.waiting import until

WORDS = {"type": "array", "items": {"type": "string"}, "description": "List of Bazs."}
BAR = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "description": "Name of Bar."},
        "age": {"type": "string", "description": "Age of Bar."},
        "feeling": {"type": "string", "enum": ["Great", "Down"]},
        "bazs": WORDS,
    },
}
BARS = {"type": "array", "description": "List of Bars and their specs.", "items": BAR}
FOO: Object = {
    "type": "object",
    "description": "Foo CRD for Testing",
    "properties": {
        "spec": {"type": "object", "description": "Specification of Foo", "properties": {"bars": BARS}},
        "status": {"type": "object", "description": "Status of Foo", "properties": {"bars": WORDS}},
    },
}
NUMBER = {"type": "integer"}
WALDO: Object = {
    "type": "object",
    "description": "Waldo CRD for Testing",
    "properties": {
        "spec": {"type": "object", "properties": {"dummy": {"type": "string", "description": "Dummy"}}},
        "status": {"type": "object", "properties": {"bars": {"type": "array", "items": NUMBER}}},
    },
}
LOOSE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
NESTED: Object = {
    "type": "object",
    "description": "preserve-unknown-properties in nested field for Testing",
    "properties": {"spec": {**LOOSE, "properties": {"dummy": {"type": "string"}}}, "status": LOOSE},
}
ADDED = ("apiVersion", "kind", "metadata")


def published(custom: Custom, version: str = "") -> Any:
    """The definition in OpenAPI v2 without what the server adds to every kind, None without one."""
    domain = ".".join(reversed(custom.group.split(".")))
    name = f"{domain}.{version or custom.version}.{custom.kind}"
    found = custom.api.get("/openapi/v2")["definitions"].get(name)
    if found is None:
        return None
    del found["x-kubernetes-group-version-kind"]
    properties = found.get("properties", {})
    left = {key: value for key, value in properties.items() if key not in ADDED}
    return {**found, "properties": left} if properties else found


def appears(custom: Custom, schema: Object, version: str = "") -> None:
    until(lambda: published(custom, version) == schema, 10, f"{custom.kind} {version} in OpenAPI")


def explains(kubectl: Kubectl, path: str, pattern: str) -> None:
    """kubectl remembers for a while what kinds there are."""
    until(lambda: re.search(pattern, kubectl.run("explain", path).stdout, re.S), 20, pattern)


def goes_in(kubectl: Kubectl, custom: Custom, **fields: Any) -> None:
    text = json.dumps(custom.obj("test-cr", **fields))
    for verb in ("create", "apply"):
        kubectl(verb, "-f", "-", stdin=text)
        kubectl("delete", custom.plural, "test-cr")


def test_a_validation_schema(api: Api, kubectl: Kubectl) -> None:
    """«works for CRD with validation schema»"""
    with defined(api, version("v1", FOO)) as custom:
        appears(custom, FOO)
        goes_in(kubectl, custom, spec={"bars": [{"name": "test-bar"}]})
        for spec, words in (
            ({"bars": [{"name": "x", "feeling": "None"}]}, 'Unsupported value: "None"'),
            ({"foo": True}, 'unknown field "spec.foo"'),
            ({"bars": [{"age": "10"}]}, "spec.bars[0].name: Required value"),
        ):
            for verb in ("create", "apply"):
                text = json.dumps(custom.obj("test-foo", spec=spec))
                assert words in kubectl.fails(verb, "-f", "-", stdin=text)
        known = "FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo"
        explains(kubectl, custom.plural, f"DESCRIPTION:.*Foo CRD for Testing.*{known}")
        meta = "creationTimestamp.*<string>.*CreationTimestamp is a timestamp"
        about = f"DESCRIPTION:.*Standard object's metadata.*FIELDS:.*{meta}"
        explains(kubectl, f"{custom.plural}.metadata", about)
        bars = r"Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs"
        explains(kubectl, f"{custom.plural}.spec", f"DESCRIPTION:.*{bars}")
        bar = r"bars.*<\[\]Object>.*bazs.*<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar"
        explains(kubectl, f"{custom.plural}.spec.bars", bar)
        missing = kubectl.fails("explain", f"{custom.plural}.spec.bars2")
        assert 'field "bars2" does not exist' in missing
    until(lambda: published(custom) is None, 10, "the definition's end in OpenAPI")


def test_no_validation_schema(api: Api, kubectl: Kubectl) -> None:
    """«works for CRD without validation schema»"""
    with defined(api, version("v1", ANYTHING)) as custom:
        appears(custom, {"type": "object"})
        goes_in(kubectl, custom, a={"b": [{"c": "d"}]})
        explains(kubectl, custom.plural, "DESCRIPTION:.*<empty>")


def test_unknown_fields_at_the_root(api: Api, kubectl: Kubectl) -> None:
    """«works for CRD preserving unknown fields at the schema root»"""
    schema = {**NESTED, **LOOSE, "description": "preserve-unknown-properties at root for Testing"}
    with defined(api, version("v1", schema)) as custom:
        until(lambda: published(custom) is not None, 10, "the definition in OpenAPI")
        goes_in(kubectl, custom, a={"b": [{"c": "d"}]})
        explains(kubectl, custom.plural, f"KIND:.*{custom.kind}")


def test_unknown_fields_further_down(api: Api, kubectl: Kubectl) -> None:
    """«works for CRD preserving unknown fields in an embedded object»"""
    with defined(api, version("v1", NESTED)) as custom:
        until(lambda: published(custom) is not None, 10, "the definition in OpenAPI")
        goes_in(kubectl, custom, spec={"a": None, "b": [{"c": "d"}]})
        explains(kubectl, custom.plural, f"DESCRIPTION:.*{NESTED['description']}")


def test_different_groups(api: Api) -> None:
    """«works for multiple CRDs of different groups»"""
    with defined(api, version("v1", FOO)) as foo, defined(api, version("v1beta1", WALDO)) as waldo:
        appears(waldo, WALDO)
        appears(foo, FOO)


def test_different_versions_of_a_group(api: Api) -> None:
    """«works for multiple CRDs of same group but different versions»"""
    with defined(api, version("v2", FOO), version("v3", FOO, storage=False)) as several:
        appears(several, FOO, "v2")
        appears(several, FOO, "v3")
    group = f"{unique('common-group')}.example.com"
    with (
        defined(api, version("v4", FOO), group=group) as foo,
        defined(api, version("v5", WALDO), group=group) as waldo,
    ):
        appears(waldo, WALDO)
        appears(foo, FOO)


def test_different_kinds_of_a_version(api: Api) -> None:
    """«works for multiple CRDs of same group and version but different kinds»"""
    group = f"{unique('common-group')}.example.com"
    with (
        defined(api, version("v6", FOO), group=group) as foo,
        defined(api, version("v6", WALDO), group=group) as waldo,
    ):
        appears(waldo, WALDO)
        appears(foo, FOO)


def test_renaming_a_version(api: Api) -> None:
    """«updates the published spec when one version gets renamed»"""
    with defined(api, version("v2", FOO), version("v3", FOO, storage=False)) as custom:
        appears(custom, FOO, "v3")
        place = "/spec/versions/1/name"
        rename = [
            {"op": "test", "path": place, "value": "v3"},
            {"op": "replace", "path": place, "value": "v4"},
        ]
        api.patch(custom.definition, rename, JSON_PATCH)
        appears(custom, FOO, "v4")
        until(lambda: published(custom, "v3") is None, 10, "the old name's end")
        appears(custom, FOO, "v2")


def test_serving_a_version_no_more(api: Api) -> None:
    """«removes definition from spec when one version gets changed to not be served»"""
    with defined(api, version("v5", FOO), version("v6alpha1", FOO, storage=False)) as custom:
        appears(custom, FOO, "v6alpha1")
        changed = api.get(custom.definition)
        changed["spec"]["versions"][1]["served"] = False
        api.update(custom.definition, changed)
        until(lambda: published(custom, "v6alpha1") is None, 10, "the version's end")
        appears(custom, FOO, "v5")


def test_both_documents_and_their_tags(api: Api) -> None:
    """Upstream's clients ask with If-None-Match; OpenAPI v3 has the kind as well."""
    with defined(api, version("v1", FOO)) as custom:
        tag = api.ask("GET", "/openapi/v2").headers["etag"]
        again = api.http.get("/openapi/v2", headers={"If-None-Match": tag})
        assert again.status_code == 304
        place = api.get("/openapi/v3")["paths"][f"apis/{custom.group}/v1"]["serverRelativeURL"]
        schemas = api.get(place)["components"]["schemas"]
        domain = ".".join(reversed(custom.group.split(".")))
        assert schemas[f"{domain}.v1.{custom.kind}"]["description"] == "Foo CRD for Testing"
