"""SelfSubjectRulesReview: what may I do in a namespace."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (
    Resource(
        group="authorization.k8s.io",
        kind="SelfSubjectRulesReview",
        plural="selfsubjectrulesreviews",
        namespaced=False,
        verbs=("create",),
        virtual=True,
    ),
)
