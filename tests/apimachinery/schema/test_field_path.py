"""Following the paths of definitions through a schema."""

from __future__ import annotations

import pytest
from wherry.apimachinery.schema.field_path import FieldPathError, follow

SCHEMA = {
    "properties": {
        "spec": {
            "properties": {
                "a": {"type": "string"},
                "x.y": {"type": "boolean"},
                "m": {"additionalProperties": {"type": "integer"}},
            }
        }
    }
}


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        (".spec.a", "spec.a", "string"),
        (".spec['x.y']", "spec.x.y", "boolean"),
        (".spec.m['a b']", "spec.m[a b]", "integer"),
        (".spec.m.a", "spec.m[a]", "integer"),
        (r".spec.m['it\'s']", "spec.m[it's]", "integer"),
    ],
)
def test_where_a_path_leads(path: str, text: str, kind: str) -> None:
    place = follow(path, SCHEMA)
    assert (place.text, place.schema["type"]) == (text, kind)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("spec", "expected [ or . but got: spec"),
        (".", "unexpected end of JSON path"),
        (".spec[0]", "expected single quoted string but got 0"),
        (".spec.m['a", "expected single quoted string but got 'a"),
        (".spec['a'", "unexpected end of JSON path"),
        (".zz", "does not refer to a valid field"),
        (".spec.a.b", "does not refer to a valid field"),
    ],
)
def test_a_path_that_leads_nowhere(path: str, why: str) -> None:
    with pytest.raises(FieldPathError) as caught:
        follow(path, SCHEMA)
    assert str(caught.value) == why


def test_brackets_may_be_forbidden() -> None:
    with pytest.raises(FieldPathError, match="array notation is not allowed"):
        follow(".spec['a']", SCHEMA, brackets=False)
