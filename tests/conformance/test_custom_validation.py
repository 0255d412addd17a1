"""Rules in schemas, and what was valid before them (upstream: test/e2e/apimachinery/
crd_validation_rules.go and crd_validation_ratcheting.go)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.api import Api, Object
from tests.conformance.custom import DEFINITIONS, Custom, body, defined, named, version

NUMBER = {"type": "integer"}
TEXT = {"type": "string"}
HEALTH = "self.health == 'ok' || self.health == 'unhealthy'"


def ruled(schema: Object, *rules: str, **more: Any) -> Object:
    return {**schema, "x-kubernetes-validations": [{"rule": rule, **more} for rule in rules]}


def holding(**properties: Object) -> Object:
    return {"type": "object", "properties": properties}


SUMS = holding(
    spec=ruled(
        holding(
            x=NUMBER,
            y=NUMBER,
            largeArray=ruled(
                {"type": "array", "maxItems": 725, "items": NUMBER},
                "self.all(x, self.all(y, x == y))",
            ),
        ),
        "self.x + self.y > 0",
    ),
    status=ruled(holding(health=TEXT), HEALTH),
)


@pytest.fixture
def custom(api: Api) -> Iterator[Custom]:
    """Anything goes, until a test gives it a schema."""
    with defined(api) as found:
        yield found


def test_an_object_that_satisfies_the_rules(api: Api, custom: Custom, namespace: str) -> None:
    """«MUST NOT fail validation for create of a custom resource that satisfies the
    x-kubernetes-validations rules»"""
    custom.schema(SUMS)
    api.create(custom.path(namespace), custom.obj("good", spec={"x": 1, "y": 0}))


def test_objects_that_break_rules(api: Api, custom: Custom, namespace: str) -> None:
    """«MUST fail validation for create of a custom resource that does not satisfy the
    x-kubernetes-validations rules»"""
    custom.schema(SUMS)
    path = custom.path(namespace)
    assert "failed rule" in api.fails(422, "POST", path, custom.obj("bad", spec={"x": 0, "y": 0}))
    message = api.fails(422, "POST", path, custom.obj("bad", status={"health": "odd"}))
    assert "failed rule" in message and "status" in message


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (ruled(holding(x=NUMBER), "self.z == 100"), "undefined field 'z'"),
        (ruled({"type": "object"}, "self = 42"), "Syntax error"),
        (
            holding(
                x={
                    "type": "array",
                    "items": ruled({"type": "array", "items": TEXT}, "self.all(s, s == 'string constant')"),
                }
            ),
            "exceeds budget",
        ),
    ],
    ids=["unknown property", "syntax", "cost"],
)
def test_bad_rules(api: Api, spec: Object, words: str) -> None:
    """«MUST fail create of a custom resource definition that contains …»: a rule about a property that
    does not exist, with a syntax error, that exceeds the estimated cost limit"""
    versions = [version("v1", holding(spec=spec))]
    definition = body(named(api, versions), versions)
    assert words in api.fails(422, "POST", DEFINITIONS, definition)


def test_a_rule_that_costs_too_much_when_it_runs(api: Api, custom: Custom, namespace: str) -> None:
    """«MUST fail create of a custom resource that exceeds the runtime cost limit for x-kubernetes-validations
    rule execution»"""
    custom.schema(SUMS)
    large = custom.obj("large", spec={"largeArray": [20] * 725})
    assert "call cost exceeds limit" in api.fails(422, "POST", custom.path(namespace), large)


def test_transition_rules(api: Api, custom: Custom, namespace: str) -> None:
    """«MUST fail update of a custom resource that does not satisfy a x-kubernetes-validations transition
    rule»"""
    custom.schema(holding(spec=holding(num=ruled(NUMBER, "self > oldSelf"))))
    made = api.create(custom.path(namespace), custom.obj("one", spec={"num": 10}))
    path = custom.path(namespace, "one")
    assert "failed rule" in api.fails(422, "PUT", path, {**made, "spec": {"num": 9}})
    api.update(path, {**made, "spec": {"num": 11}})


def everywhere(field: Object, **more: Object) -> Object:
    """A schema with this field at the root, in a struct, in a list with keys and in a map."""
    items = {**holding(key=TEXT, field=field, **more), "required": ["key"]}
    keyed = {"type": "array", "maxItems": 5, "items": items}
    keyed |= {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"]}
    mapped = {"type": "object", "maxProperties": 5, "additionalProperties": holding(field=field, **more)}
    inner = {"list": keyed, "map": mapped, "struct": holding(field=field, **more)}
    return holding(field=field, **more, **inner)


def filled(value: str, **more: str) -> Object:
    """An object with the value at all those places."""
    fields = {"field": value, **more}
    return {
        **fields,
        "struct": fields,
        "list": [{"key": key, **fields} for key in ("foo", "bar")],
        "map": {"foo": fields, "bar": fields},
    }


PLACES = ("field", "struct.field", "list[0].field", "list[1].field")


class Ratcheted:
    """Server-side applies the one object of a test, as upstream's does."""

    def __init__(self, custom: Custom, namespace: str) -> None:
        self.custom, self.path = custom, custom.path(namespace, "test-resource")

    def _body(self, fields: Object, labels: Object) -> Object:
        obj = self.custom.obj("test-resource", **fields)
        return {**obj, "metadata": {"name": "test-resource", "labels": labels}}

    def apply(self, fields: Object, **labels: str) -> None:
        self.custom.api.apply(self.path, self._body(fields, labels))

    def refuses(self, fields: Object, *places: str, **labels: str) -> None:
        options = {"content_type": "application/apply-patch+yaml", "fieldManager": "manager"}
        message = self.custom.api.fails(422, "PATCH", self.path, self._body(fields, labels), **options)
        assert all(place in message for place in places), message


@pytest.fixture
def one(custom: Custom, namespace: str) -> Ratcheted:
    return Ratcheted(custom, namespace)


def listed(items: Object) -> Object:
    """Lists whose items have no key to be found again by."""
    setlike = {"type": "array", "x-kubernetes-list-type": "set", "items": items}
    return holding(atomicArray={"type": "array", "items": items}, setArray=setlike)


LISTS = {"setArray": ["foo", "bar", "baz"], "atomicArray": ["foo", "bar", "baz"]}
LONGER = {key: [*value, "notfoo"] for key, value in LISTS.items()}
ENUM = {"type": "string", "enum": ["foo"]}
RULE = ruled({"type": "string"}, 'self == "foo"')


@pytest.mark.parametrize("field", [ENUM, RULE], ids=["schema", "rule"])
def test_unchanged_values_may_stay(custom: Custom, one: Ratcheted, field: Object) -> None:
    """«MUST NOT fail to update a resource due to JSONSchema errors on unchanged correlatable fields», «… CRD
    Validation Rule errors …»"""
    one.apply(filled("notfoo"))
    custom.schema(everywhere(field, otherField=TEXT))
    one.apply(filled("notfoo"), foo="bar")
    changed = filled("notfoo", otherField="doesntmatter")
    changed["list"].append({"key": "baz", "field": "foo", "otherField": "doesntmatter"})
    one.apply(changed, foo="bar")


@pytest.mark.parametrize(
    "items",
    [{"type": "string", "enum": ["notfoo", "notbar", "notbaz"]}, ruled(TEXT, 'self != "foo"')],
    ids=["schema", "rule"],
)
def test_items_without_keys_are_checked_again(custom: Custom, one: Ratcheted, items: Object) -> None:
    """«MUST fail to update a resource due to JSONSchema errors on unchanged uncorrelatable fields», «… CRD
    Validation Rule errors …»"""
    one.apply(LISTS)
    custom.schema(listed(items))
    one.refuses(LONGER, "atomicArray", "setArray", foo="bar")


@pytest.mark.parametrize(
    ("field", "keys"),
    [(ENUM, ("map.foo.field", "map.bar.field")), (RULE, ("map[foo].field", "map[bar].field"))],
    ids=["schema", "rule"],
)
def test_changed_values_are_checked(
    custom: Custom, one: Ratcheted, field: Object, keys: tuple[str, ...]
) -> None:
    """«MUST fail to update a resource due to JSONSchema errors on changed fields», «… CRD Validation Rule
    errors …»"""
    one.apply(filled("foo"))
    custom.schema(everywhere(field))
    one.refuses(filled("notfoo"), *PLACES, *keys)


def test_transition_rules_are_never_skipped(custom: Custom, one: Ratcheted) -> None:
    """«MUST NOT ratchet errors raised by transition rules»"""
    one.apply(filled("foo"))
    custom.schema(everywhere(ruled({**TEXT, "maxLength": 5}, "self != oldSelf")))
    one.refuses(filled("foo"), *PLACES, "map[foo].field", "map[bar].field", foo="bar")


def test_rules_with_an_optional_old_value(custom: Custom, one: Ratcheted) -> None:
    """«MUST evaluate a CRD Validation Rule with oldSelf = nil for new values when optionalOldSelf is true»"""
    rule = "!oldSelf.hasValue() || self != oldSelf.value()"
    custom.schema(everywhere(ruled({**TEXT, "maxLength": 5}, rule, optionalOldSelf=True)))
    one.apply(filled("foo"))
    one.refuses(filled("foo"), *PLACES, "map[foo].field", "map[bar].field", foo="bar")
    one.apply(filled("new"), foo="bar")
