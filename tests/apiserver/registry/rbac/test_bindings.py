"""RoleBindings and ClusterRoleBindings: subjects and the role that stays."""

from __future__ import annotations

from typing import Any

import pytest

from ..drive import Kind

BINDING = Kind("rbac.authorization.k8s.io", "v1", "RoleBinding")
CLUSTER_BINDING = Kind("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding")
GROUP = "rbac.authorization.k8s.io"
ROLE = {"apiGroup": GROUP, "kind": "Role", "name": "r"}


def test_groups_are_filled_in() -> None:
    subjects = [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]
    obj = BINDING.defaulted({"roleRef": {"kind": "Role", "name": "r"}, "subjects": subjects})
    assert obj["roleRef"]["apiGroup"] == GROUP
    assert [subject.get("apiGroup") for subject in obj["subjects"]] == [GROUP, None]


@pytest.mark.parametrize(
    ("subject", "problem"),
    [
        (
            {"kind": "Robot", "name": "x"},
            'kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
        ),
        ({"kind": "User"}, "name: Required value"),
        (
            {"kind": "User", "name": "u", "apiGroup": "v1"},
            f'apiGroup: Unsupported value: "v1": supported values: "{GROUP}"',
        ),
        (
            {"kind": "ServiceAccount", "name": "s", "namespace": "n", "apiGroup": GROUP},
            f'apiGroup: Unsupported value: "{GROUP}": supported values: ""',
        ),
    ],
)
def test_subjects(subject: dict[str, str], problem: str) -> None:
    assert BINDING.problems({"roleRef": ROLE, "subjects": [subject]}) == [f"subjects[0].{problem}"]


def test_accounts_of_the_cluster_need_a_namespace() -> None:
    role = {**ROLE, "kind": "ClusterRole"}
    body: dict[str, Any] = {"roleRef": role, "subjects": [{"kind": "ServiceAccount", "name": "s"}]}
    assert CLUSTER_BINDING.problems(body) == ["subjects[0].namespace: Required value"]
    assert BINDING.problems(body) == []


def test_cluster_bindings_name_cluster_roles() -> None:
    problem = 'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'
    assert CLUSTER_BINDING.problems({"roleRef": ROLE}) == [problem]


def test_the_role_stays() -> None:
    after = {"roleRef": {**ROLE, "name": "other"}}
    assert BINDING.update_problems({"roleRef": ROLE}, after) == [
        f'roleRef: Invalid value: {{"APIGroup":"{GROUP}","Kind":"Role","Name":"other"}}: '
        "cannot change roleRef"
    ]


def test_the_row_sorts_subjects_by_kind() -> None:
    subjects = [
        {"kind": "User", "name": "u"},
        {"kind": "Group", "name": "g"},
        {"kind": "ServiceAccount", "name": "s", "namespace": "n"},
    ]
    row = BINDING.cells({"roleRef": ROLE, "subjects": subjects})
    assert row == ["a", "Role/r", "0s", "u", "g", "n/s"]
