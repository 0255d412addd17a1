"""x-kubernetes-validations: which rules a definition may have, and what they say about objects."""

from __future__ import annotations

from typing import Any

from wherry.apimachinery.cel import rules
from wherry.apimachinery.cel.rule_set import Outcome

Raw = dict[str, Any]


def schema(properties: Raw, *own: Raw) -> Raw:
    found: Raw = {"type": "object", "properties": properties}
    return found | ({"x-kubernetes-validations": list(own)} if own else {})


def ruled(raw: Raw, *expressions: str, **more: Any) -> Raw:
    return raw | {"x-kubernetes-validations": [{"rule": one, **more} for one in expressions]}


def problems(raw: Raw, **options: Any) -> list[str]:
    return [str(error) for error in rules.check_schema(raw, "s", **options)]


def outcome(raw: Raw, obj: Any, old: Any = None) -> Outcome:
    found = rules.compiled(raw)
    assert found is not None
    return found.validate(obj, old)


def says(raw: Raw, obj: Any, old: Any = None) -> list[str]:
    return [str(error) for error in outcome(raw, obj, old).errors]


INT: Raw = {"type": "integer"}
TEXT: Raw = {"type": "string"}


# Definitions


def test_good_rules_have_no_problems() -> None:
    assert problems(schema({"a": ruled(INT, "self > 1")}, {"rule": "has(self.a)"})) == []


def test_a_rule_that_does_not_compile() -> None:
    (problem,) = problems(schema({"a": ruled(INT, "self > 'x'")}))
    assert problem.startswith("s.properties[a].x-kubernetes-validations[0].rule: Invalid value: ")
    assert "compilation failed: ERROR: <input>:1:6: found no matching overload for '_>_'" in problem


def test_a_rule_must_be_a_condition() -> None:
    (problem,) = problems(schema({"a": ruled(INT, "self + 1")}))
    assert problem.endswith("cel expression must evaluate to a bool")


def test_a_message_must_be_text() -> None:
    (problem,) = problems(schema({"a": ruled(INT, "self > 1", messageExpression="self")}))
    assert "x-kubernetes-validations[0].messageExpression: " in problem
    assert problem.endswith("messageExpression must evaluate to a string")


def test_rules_that_cost_too_much() -> None:
    numbers = {"type": "array", "items": INT}
    quadratic = "self.all(a, self.all(b, a + b > 0))"
    problem = problems(schema({"a": ruled(numbers, quadratic)}))[0]
    assert "Forbidden: estimated rule cost exceeds budget by factor of more than 100x" in problem
    assert problems(schema({"a": ruled(numbers | {"maxItems": 100}, quadratic)})) == []


def test_rules_of_items_count_as_often_as_there_are_items() -> None:
    text = ruled(TEXT, "self.matches('^[a-z]*$')")
    assert problems(schema({"a": {"type": "array", "items": text}}))
    limited = {"type": "array", "maxItems": 10, "items": text | {"maxLength": 50}}
    assert problems(schema({"a": limited})) == []


def test_many_rules_cost_too_much_together() -> None:
    dear = ruled({"type": "array", "items": INT}, "self.all(a, a > 0)")
    found = problems(schema({f"p{i}": dear for i in range(30)}))
    assert "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema" in found[-1]
    assert "contributed to estimated rule cost total" in found[0]


def test_what_was_accepted_before_is_not_priced() -> None:
    numbers = {"type": "array", "items": INT}
    raw = schema({"a": ruled(numbers | {"maxItems": 3000}, "self.all(a, self.all(b, a + b > 0))")})
    assert problems(raw)
    assert problems(raw, priced=False) == []


def test_schemas_with_other_errors_are_not_looked_at() -> None:
    raw = schema({"a": ruled(INT, "self > 'x'"), "b": ruled(INT, "self > 'x'")})
    assert len(problems(raw, broken=["s.properties[a].type"])) == 1


def test_old_values_of_items_without_identity() -> None:
    items = {"type": "array", "items": ruled(INT, "self >= oldSelf")}
    (problem,) = problems(schema({"a": items}))
    assert (
        "oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[a]" in problem
    )


def test_optional_old_self_needs_old_self() -> None:
    (problem,) = problems(schema({"a": ruled(INT, "self > 1", optionalOldSelf=True)}))
    assert problem.endswith("may not be set if oldSelf is not used in rule")


# Objects


def test_a_broken_rule_names_the_value() -> None:
    raw = schema(
        {
            "a": ruled(INT, "self > 1"),
            "m": {"type": "object", "additionalProperties": ruled(TEXT, "self != ''")},
        }
    )
    assert says(raw, {"a": 2, "m": {"k": "v"}}) == []
    assert says(raw, {"a": 1, "m": {"k": ""}}) == [
        "a: Invalid value: 1: failed rule: self > 1",
        "m[k]: Invalid value: \"\": failed rule: self != ''",
    ]


def test_messages() -> None:
    assert says(ruled(INT, "self > 1", message="more!"), 1) == ["<nil>: Invalid value: 1: more!"]
    told = ruled(INT, "self > 1", messageExpression="'not ' + string(self)", message="more!")
    assert says(told, 1) == ["<nil>: Invalid value: 1: not 1"]
    blank = ruled(INT, "self > 1", messageExpression="' '", message="more!")
    assert says(blank, 1) == ["<nil>: Invalid value: 1: more!"]


def test_reason_and_path() -> None:
    raw = schema({"a": INT}, {"rule": "has(self.a)", "reason": "FieldValueRequired", "fieldPath": ".a"})
    (error,) = outcome(raw, {}).errors
    assert (error.reason, error.field) == ("FieldValueRequired", "a")


def test_names_that_need_escaping() -> None:
    raw = schema(
        {"a-b": INT, "namespace": INT, "x.y": INT},
        {"rule": "self.a__dash__b + self.__namespace__ + self.namespace + self.x__dot__y == 8"},
    )
    assert says(raw, {"a-b": 1, "namespace": 2, "x.y": 3}) == []


def test_null_fields_are_absent() -> None:
    raw = schema({"a": TEXT | {"nullable": True}}, {"rule": "!has(self.a) && !self.?a.hasValue()"})
    assert says(raw, {"a": None}) == []
    assert says(raw, {}) == []
    assert len(says(raw, {"a": "x"})) == 1


def test_formats_give_values_of_their_kind() -> None:
    raw = schema(
        {
            "at": TEXT | {"format": "date-time"},
            "span": TEXT | {"format": "duration"},
            "raw": TEXT | {"format": "byte"},
        },
        {"rule": "self.at + self.span == timestamp('2020-01-01T01:00:00Z') && self.raw == b'ab'"},
    )
    assert says(raw, {"at": "2020-01-01T00:00:00Z", "span": "1h", "raw": "YWI="}) == []


def test_bytes_are_read_in_the_alphabet_of_urls() -> None:
    raw = schema({"raw": TEXT | {"format": "byte"}}, {"rule": "self.raw == b'\\xff'"})
    assert says(raw, {"raw": "_w=="}) == []
    [error] = says(raw, {"raw": "/w=="})
    assert "Invalid byte formatted string /w==: illegal base64 data at input byte 0" in error


def test_sets_and_keyed_lists_compare_without_order() -> None:
    keyed = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        "items": schema({"k": TEXT, "v": INT}),
    }
    chosen = {"type": "array", "x-kubernetes-list-type": "set", "items": INT}
    equal = {"rule": "self.k[0] == self.k[1] && self.s == self.t"}
    raw = schema({"k": {"type": "array", "items": keyed}, "s": chosen, "t": chosen}, equal)
    one, two = {"k": "1", "v": 1}, {"k": "2", "v": 2}
    assert says(raw, {"k": [[one, two], [two, one]], "s": [1, 2], "t": [2, 1]}) == []


def test_lists_and_maps_of_listed_kinds_add_up_by_identity() -> None:
    chosen = {"type": "array", "x-kubernetes-list-type": "set", "items": INT}
    raw = schema({"s": chosen, "t": chosen}, {"rule": "(self.s + self.t).size() == 3"})
    assert says(raw, {"s": [1, 2], "t": [2, 3]}) == []


# Transitions


def test_transitions_are_judged_on_updates_only() -> None:
    raw = schema({"a": ruled(INT, "self >= oldSelf", message="only up")})
    assert says(raw, {"a": 1}) == []
    assert says(raw, {"a": 1}, {}) == []
    assert says(raw, {"a": 1}, {"a": 2}) == ["a: Invalid value: 1: only up"]


def test_items_of_keyed_lists_know_their_old_state() -> None:
    keyed = {
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        "items": schema({"k": TEXT, "v": ruled(INT, "self >= oldSelf")}),
    }
    old = [{"k": "1", "v": 1}, {"k": "2", "v": 5}]
    assert says(schema({"l": keyed}), {"l": [{"k": "2", "v": 4}, {"k": "3", "v": 0}]}, {"l": old}) == [
        "l[0].v: Invalid value: 4: failed rule: self >= oldSelf"
    ]


def test_optional_old_self_is_judged_always() -> None:
    raw = ruled(INT, "oldSelf.hasValue() || self == 1", optionalOldSelf=True)
    assert says(raw, 1) == []
    assert len(says(raw, 2)) == 1
    assert says(raw, 2, 1) == []


def test_what_was_broken_before_and_did_not_change_only_warns() -> None:
    raw = schema({"a": ruled(TEXT, "self == 'x'"), "b": TEXT})
    found = outcome(raw, {"a": "y", "b": "2"}, {"a": "y", "b": "1"})
    assert found.errors == []
    assert found.warnings == ["a: Invalid value: \"y\": failed rule: self == 'x'"]
    assert len(says(raw, {"a": "z"}, {"a": "y"})) == 1


# Limits


def test_one_evaluation_that_costs_too_much() -> None:
    raw = ruled({"type": "array", "items": INT}, "self.all(a, self.all(b, self.all(c, true)))")
    (error,) = outcome(raw, list(range(200))).errors
    assert "call cost exceeds limit for rule" in error.text


def test_no_more_rules_when_the_budget_is_spent() -> None:
    dear = "self.all(a, self.all(b, true))"
    raw = ruled({"type": "array", "items": INT}, *[dear] * 30)
    (error,) = outcome(raw, list(range(500))).errors
    assert "validation failed due to running out of cost budget" in error.text
