"""Nobody grants what they do not hold."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.authorization.escalation import EscalationCheck
from wherry.apiserver.authorization.rbac import GROUP, RbacAuthorizer
from wherry.apiserver.registry.strategy import User

from tests.apiserver.readers import MapReader

MAKER = User("maker", "", ("system:authenticated",))
GET_MAPS = {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"]}
BEGINNING = (
    'user "maker" (groups=["system:authenticated"]) is attempting to grant RBAC permissions '
    "not currently held:\n"
)


@pytest.fixture
def reader() -> MapReader:
    """maker may get configmaps in ns."""
    reader = MapReader()
    reader.put(GROUP, "roles", "held", "ns", rules=[GET_MAPS])
    bind(reader, "held")
    return reader


def bind(reader: MapReader, role: str) -> None:
    subjects = [{"kind": "User", "name": "maker"}]
    ref = {"kind": "Role", "name": role}
    reader.put(GROUP, "rolebindings", role, "ns", subjects=subjects, roleRef=ref)


def check(reader: MapReader) -> EscalationCheck:
    rbac = RbacAuthorizer(reader)
    return EscalationCheck(rbac, rbac)


def role(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": "r", "namespace": "ns"}, "rules": list(rules), **more}


def binding(name: str, kind: str = "Role") -> dict[str, Any]:
    return {"metadata": {"name": "b", "namespace": "ns"}, "roleRef": {"kind": kind, "name": name}}


def test_what_one_holds_may_be_granted(reader: MapReader) -> None:
    check(reader).role(MAKER, "roles", "ns", role(GET_MAPS))
    check(reader).role(MAKER, "roles", "ns", role({**GET_MAPS, "resourceNames": ["a"]}))


def test_the_refusal_lists_every_missing_piece(reader: MapReader) -> None:
    wanted = {"verbs": ["get", "list"], "apiGroups": [""], "resources": ["configmaps", "secrets"]}
    with pytest.raises(StatusError) as caught:
        check(reader).role(MAKER, "roles", "ns", role(wanted))
    assert caught.value.message == 'roles.rbac.authorization.k8s.io "r" is forbidden: ' + BEGINNING + (
        '{APIGroups:[""], Resources:["configmaps"], Verbs:["list"]}\n'
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}'
    )


def test_urls_are_listed_one_by_one(reader: MapReader) -> None:
    with pytest.raises(
        StatusError, match=r'\{NonResourceURLs:\["/a"\], Verbs:\["get"\]\}\n\{NonResourceURLs'
    ):
        check(reader).role(MAKER, "roles", "ns", role({"verbs": ["get", "put"], "nonResourceURLs": ["/a"]}))


def test_the_escalate_verb_lifts_the_check(reader: MapReader) -> None:
    lifted = {"verbs": ["escalate"], "apiGroups": [GROUP], "resources": ["roles"]}
    reader.put(GROUP, "roles", "free", "ns", rules=[lifted])
    bind(reader, "free")
    check(reader).role(MAKER, "roles", "ns", role({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}))


def test_masters_are_free(reader: MapReader) -> None:
    root = User("root", "", ("system:masters",))
    check(reader).role(root, "roles", "ns", role({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}))


def test_an_update_that_changes_owners_only_is_free(reader: MapReader) -> None:
    strong = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    old, new = role(strong), role(strong)
    new["metadata"]["ownerReferences"] = [{"name": "x"}]
    check(reader).role(MAKER, "roles", "ns", new, old)
    new["metadata"]["labels"] = {"a": "b"}
    with pytest.raises(StatusError):
        check(reader).role(MAKER, "roles", "ns", new, old)


def test_aggregation_needs_everything(reader: MapReader) -> None:
    with pytest.raises(StatusError, match="must have cluster-admin privileges to use the aggregationRule"):
        check(reader).role(MAKER, "clusterroles", "", role(aggregationRule={"clusterRoleSelectors": [{}]}))


def test_a_binding_grants_the_rules_of_its_role(reader: MapReader) -> None:
    check(reader).binding(MAKER, "rolebindings", "ns", binding("held"))
    reader.put(GROUP, "roles", "strong", "ns", rules=[{**GET_MAPS, "verbs": ["delete"]}])
    with pytest.raises(StatusError, match="not currently held"):
        check(reader).binding(MAKER, "rolebindings", "ns", binding("strong"))


def test_the_bind_verb_lifts_the_check_for_one_role(reader: MapReader) -> None:
    reader.put(
        GROUP, "clusterroles", "admin", rules=[{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]
    )
    lifted = {
        "verbs": ["bind"],
        "apiGroups": [GROUP],
        "resources": ["clusterroles"],
        "resourceNames": ["admin"],
    }
    reader.put(GROUP, "roles", "free", "ns", rules=[lifted])
    bind(reader, "free")
    check(reader).binding(MAKER, "rolebindings", "ns", binding("admin", "ClusterRole"))


def test_a_missing_role_cannot_be_bound_to(reader: MapReader) -> None:
    with pytest.raises(StatusError) as caught:
        check(reader).binding(MAKER, "rolebindings", "ns", binding("none"))
    assert (caught.value.code, caught.value.message) == (404, f'rolebindings.{GROUP} "none" not found')
