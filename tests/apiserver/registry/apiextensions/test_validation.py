"""Definitions as a whole: where errors stand, what updates may keep, approval, warnings."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from .test_custom_resource_definition import CRD, body, version


def schema(**root: Any) -> dict[str, Any]:
    return {"schema": {"openAPIV3Schema": {"type": "object", **root}}}


def field(raw: dict[str, Any]) -> dict[str, Any]:
    return schema(properties={"f": raw})


NO_TYPE = "type: Required value: must not be empty for specified object fields"


def test_what_all_versions_share_stands_at_the_top() -> None:
    one = version("v1", **field({}))
    same = version("v2", storage=False, **field({}))
    other = version("v2", storage=False, **field({"type": "string"}))
    shared = f"spec.validation.openAPIV3Schema.properties[f].{NO_TYPE}"
    assert CRD.problems(body(versions=[one, same])) == [shared]
    apart = f"spec.versions[0].schema.openAPIV3Schema.properties[f].{NO_TYPE}"
    assert CRD.problems(body(versions=[one, other])) == [apart]


def test_selectable_fields_that_all_versions_share_need_a_schema_that_they_share() -> None:
    fields = {"selectableFields": [{"jsonPath": ".f"}]}
    one = version("v1", **field({"type": "string"}), **fields)
    same = version("v2", storage=False, **field({"type": "string"}), **fields)
    other = version("v2", storage=False, **field({"type": "string", "maxLength": 5}), **fields)
    assert CRD.problems(body(versions=[one, same])) == []
    assert CRD.problems(body(versions=[one, other])) == [
        'spec.selectableFields: Invalid value: "": may only be set when validations.schema is included'
    ]


def test_a_root_that_the_status_subresource_forbids() -> None:
    given = version(subresources={"status": {}}, **schema(minProperties=1))
    (problem,) = CRD.problems(body(versions=[given]))
    assert problem.startswith(
        'spec.validation.openAPIV3Schema: Invalid value: {"ID":"","Schema":"","Ref":null,'
    )
    assert "only [Description Type Format " in problem


def test_twice_the_same_version_shows_the_versions() -> None:
    (problem,) = CRD.problems(body(versions=[version("v1"), version("v1", storage=False)]))
    assert problem.startswith('spec.versions: Invalid value: [{"Name":"v1","Served":true,"Storage":true,')
    assert problem.endswith('"SelectableFields":null}]: must contain unique version names')


def test_a_keyword_that_go_has_another_word_for() -> None:
    given = version(**field({"type": "string", "$schema": "x"}))
    assert CRD.problems(body(versions=[given])) == [
        "spec.validation.openAPIV3Schema: Invalid value: \"\": OpenAPIV3Schema 'schema' is not supported"
    ]


ODD_SET = {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "object"}}


def test_an_update_may_keep_what_the_old_definition_broke() -> None:
    before, after = body(versions=[version(**field(ODD_SET))]), body(versions=[version(**field(ODD_SET))])
    assert CRD.problems(before) != []
    assert CRD.update_problems(before, after) == []
    assert CRD.update_problems(body(), after) != []


def test_structure_is_demanded_of_every_update() -> None:
    broken = body(versions=[version(**field({}))])
    assert CRD.update_problems(broken, broken) == [f"spec.validation.openAPIV3Schema.properties[f].{NO_TYPE}"]


@pytest.mark.parametrize(
    ("annotation", "fine"),
    [
        (None, False),
        ("nonsense", False),
        ("unapproved, a trial", True),
        ("https://github.com/kubernetes/kubernetes/pull/1", True),
    ],
)
def test_groups_of_the_community_want_approval(annotation: str | None, fine: bool) -> None:
    given = body(group="x.k8s.io")
    notes = {} if annotation is None else {"api-approved.kubernetes.io": annotation}
    given["metadata"] = {"name": "ws.x.k8s.io", "annotations": notes}
    assert (CRD.problems(given) == []) is fine
    assert CRD.update_problems(given, given) == []


def test_storage_versions_stay_until_nothing_is_stored_in_them() -> None:
    before = {**body(), "status": {"storedVersions": ["v1"]}}
    (problem,) = CRD.update_problems(before, body(versions=[version("v2")]))
    assert problem.startswith(
        'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was'
    )


def test_a_format_that_means_nothing_is_told_once() -> None:
    given = CRD.created(body(versions=[version(**field({"type": "string", "format": "zork"}))]))
    plain = CRD.created(body())
    assert CRD.strategy.warnings(CRD.context, given, None) == ['unrecognized format "zork"']
    assert CRD.strategy.warnings(CRD.context, given, plain) == ['unrecognized format "zork"']
    assert CRD.strategy.warnings(CRD.context, given, given) == []


def test_rules_are_compiled_and_tried_on_defaults() -> None:
    rule = {"rule": "self > 5", "message": "must exceed five"}
    given = version(**field({"type": "integer", "default": 3, "x-kubernetes-validations": [rule]}))
    path = "spec.validation.openAPIV3Schema.properties[f]"
    assert CRD.problems(body(versions=[given])) == [f"{path}.default: Invalid value: 3: must exceed five"]
    unknown = version(**field({"type": "integer", "x-kubernetes-validations": [{"rule": "self > zork"}]}))
    (problem,) = CRD.problems(body(versions=[unknown]))
    assert "undeclared reference to 'zork'" in problem


def test_preserving_unknown_fields_everywhere_goes_with_little_else() -> None:
    default = version(**field({"type": "string", "default": "a"}))
    webhook = {
        "strategy": "Webhook",
        "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": {"url": "https://a.b"}},
    }
    problems = CRD.problems(body(preserveUnknownFields=True, versions=[default], conversion=webhook))
    assert [problem.partition(": Invalid")[0] for problem in problems] == [
        "spec.preserveUnknownFields",
        "spec.conversion.strategy",
        "spec.preserveUnknownFields",
    ]


PEM = "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize(
    ("bundle", "why"),
    [
        ("none", "data does not contain any valid RSA or ECDSA certificates"),
        (PEM, "x509: malformed certificate"),
    ],
)
def test_a_bundle_without_certificates_is_refused_once_the_kind_is_served(bundle: str, why: str) -> None:
    client = {"url": "https://a.b", "caBundle": b64encode(bundle.encode()).decode()}
    webhook = {"strategy": "Webhook", "webhook": {"conversionReviewVersions": ["v1"], "clientConfig": client}}
    conditions = [{"type": "Established", "status": "True"}]
    served = {**body(), "status": {"conditions": conditions, "storedVersions": ["v1"]}}
    assert CRD.problems(body(conversion=webhook)) == []
    (problem,) = CRD.update_problems(served, body(conversion=webhook))
    assert problem.startswith("spec.conversion.webhookClientConfig.caBundle: Invalid value:")
    assert problem.endswith(why)
    broken = {**body(conversion=webhook), "status": served["status"]}
    assert CRD.update_problems(broken, body(conversion=webhook)) == []
