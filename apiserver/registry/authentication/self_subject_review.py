"""SelfSubjectReview: who the asking user is."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (
    Resource(
        group="authentication.k8s.io",
        kind="SelfSubjectReview",
        plural="selfsubjectreviews",
        namespaced=False,
        verbs=("create",),
        virtual=True,
    ),
)
