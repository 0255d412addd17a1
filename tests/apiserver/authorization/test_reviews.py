"""Access reviews: one question each, answered with the authorizer's reason."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.authorization import Attributes, Decision
from wherry.apiserver.authorization.rbac import GROUP, RbacAuthorizer
from wherry.apiserver.authorization.reviews import review_access, review_rules
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

CALLER = User("caller")
PODS = {"verb": "get", "resource": "pods", "namespace": "ns"}


class Recorder:
    """Allows everything and remembers the question."""

    def __init__(self) -> None:
        self.asked = Attributes(CALLER, "")

    def authorize(self, attrs: Attributes) -> Decision:
        self.asked = attrs
        return Decision(True, "because")


def review(kind: str, metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": "authorization.k8s.io/v1", "metadata": metadata or {}, "spec": spec}


def refusal(obj: dict[str, Any]) -> str:
    with pytest.raises(StatusError) as caught:
        review_access(obj, CALLER, Recorder())
    return caught.value.message.removeprefix('.authorization.k8s.io "" is invalid: ')


def test_a_subject_review_asks_for_its_subject() -> None:
    recorder = Recorder()
    asked = review(
        "SubjectAccessReview", user="jane", groups=["g"], uid="u", extra={"k": ["v"]}, resourceAttributes=PODS
    )
    answer = review_access(asked, CALLER, recorder)
    assert answer["status"] == {"allowed": True, "reason": "because"}
    assert recorder.asked.user == User("jane", "u", ("g",), {"k": ("v",)})
    assert recorder.asked[1:8] == ("get", "", "", "pods", "", "ns", "")


def test_a_self_review_asks_for_the_caller() -> None:
    recorder = Recorder()
    url = {"verb": "get", "path": "/metrics"}
    review_access(review("SelfSubjectAccessReview", nonResourceAttributes=url), CALLER, recorder)
    assert (recorder.asked.user, recorder.asked.path) == (CALLER, "/metrics")


def test_selectors_are_passed_on_and_what_cannot_be_read_is_told() -> None:
    recorder = Recorder()
    requirements = [
        {"key": "spec.nodeName", "operator": "In", "values": ["n1"]},
        {"key": "a", "operator": "Nope", "values": ["b"]},
    ]
    attributes = {**PODS, "fieldSelector": {"requirements": requirements}}
    answer = review_access(review("SelfSubjectAccessReview", resourceAttributes=attributes), CALLER, recorder)
    assert recorder.asked.field_selector == "spec.nodeName=n1"
    trouble = "spec.resourceAttributes.fieldSelector partially ignored due to parse error"
    assert answer["status"]["evaluationError"] == trouble


def test_operators_that_a_newer_client_may_know_are_no_reason_to_refuse() -> None:
    requirements = [{"key": "a", "operator": "Nope", "values": ["b"]}]
    attributes = {**PODS, "labelSelector": {"requirements": requirements}}
    found = review("SelfSubjectAccessReview", resourceAttributes=attributes)
    assert "allowed" in review_access(found, CALLER, Recorder())["status"]


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (
            review("SelfSubjectAccessReview"),
            "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or "
            "resourceAttributes "
            "must be specified",
        ),
        (
            review("SubjectAccessReview", resourceAttributes=PODS),
            'spec.user: Invalid value: "": at least one of user or group must be specified',
        ),
        (
            review("SelfSubjectAccessReview", resourceAttributes=PODS, nonResourceAttributes={"path": "/x"}),
            'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: cannot be specified '
            "in combination "
            "with resourceAttributes",
        ),
        (
            review("SelfSubjectAccessReview", {"labels": {"a": "b"}, "name": "x"}, resourceAttributes=PODS),
            'metadata: Invalid value: {"name":"x","labels":{"a":"b"}}: must be empty',
        ),
        (
            review("LocalSubjectAccessReview", {"namespace": "other"}, user="jane", resourceAttributes=PODS),
            'spec.resourceAttributes.namespace: Invalid value: "ns": must match metadata.namespace',
        ),
        (
            review("LocalSubjectAccessReview", {"namespace": "ns"}, nonResourceAttributes={"path": "/x"}),
            '[spec.user: Invalid value: "": at least one of user or group must be specified, '
            'spec.nonResourceAttributes: Invalid value: {"Path":"/x","Verb":""}: disallowed on this kind of '
            "request]",
        ),
        (
            review("SelfSubjectAccessReview", resourceAttributes={**PODS, "labelSelector": {}}),
            "spec.resourceAttributes.labelSelector.requirements: Required value: when "
            "spec.resourceAttributes.labelSelector is specified, requirements or rawSelector is required",
        ),
    ],
)
def test_bad_questions(obj: dict[str, Any], message: str) -> None:
    assert refusal(obj) == message


def test_the_rules_of_a_user_in_a_namespace() -> None:
    reader = MapReader()
    subjects = [{"kind": "User", "name": "caller"}]
    rules = [
        {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]},
        {"verbs": ["get"], "nonResourceURLs": ["/api"]},
    ]
    reader.put(GROUP, "clusterroles", "r", rules=rules)
    ref = {"kind": "ClusterRole", "name": "r"}
    reader.put(GROUP, "clusterrolebindings", "b", subjects=subjects, roleRef=ref)
    answer = review_rules(review("SelfSubjectRulesReview", namespace="ns"), CALLER, RbacAuthorizer(reader))
    assert answer["status"] == {
        "resourceRules": [rules[0]],
        "nonResourceRules": [rules[1]],
        "incomplete": False,
    }


def test_rules_without_a_namespace() -> None:
    with pytest.raises(StatusError, match="no namespace on request"):
        review_rules(review("SelfSubjectRulesReview"), CALLER, RbacAuthorizer(MapReader()))


def test_an_extra_of_nothing() -> None:
    asked = review("SubjectAccessReview", user="u", extra={"a": None}, resourceAttributes={"verb": "get"})
    answer = review_access(asked, CALLER, RbacAuthorizer(MapReader()))
    assert answer["status"]["allowed"] is False
