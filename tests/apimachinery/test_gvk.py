"""The order in which Kubernetes prefers versions."""

from __future__ import annotations

from wherry.apimachinery.gvk import version_rank


def test_stable_versions_come_before_betas_and_those_before_alphas_and_other_names() -> None:
    order = [
        "v10",
        "v2",
        "v1",
        "v11beta2",
        "v10beta3",
        "v3beta1",
        "v12alpha1",
        "v11alpha2",
        "foo1",
        "foo10",
        "v1x",
    ]
    assert sorted(sorted(order), key=version_rank, reverse=True) == order
