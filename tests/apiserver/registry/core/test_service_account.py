"""ServiceAccount: what is kept of references to secrets, and a warning."""

from __future__ import annotations

from ..drive import Kind

ACCOUNT = Kind("", "v1", "ServiceAccount")
NOTE = {"metadata": {"name": "a", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}}


def test_of_a_secret_only_its_name_is_kept() -> None:
    given = {"secrets": [{"name": "s", "namespace": "other", "fieldPath": "x"}, {"uid": "u"}]}
    assert ACCOUNT.created(given)["secrets"] == [{"name": "s"}, {}]
    assert ACCOUNT.updated({}, given)["secrets"] == [{"name": "s"}, {}]


def test_an_annotation_that_is_new_is_warned_about() -> None:
    (warning,) = ACCOUNT.warnings(NOTE)
    assert "deprecated in v1.32+" in warning
    assert ACCOUNT.strategy.warnings(ACCOUNT.context, ACCOUNT.created(NOTE), ACCOUNT.created(NOTE)) == []
