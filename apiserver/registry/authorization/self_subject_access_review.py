"""SelfSubjectAccessReview: may I do something."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (
    Resource(
        group="authorization.k8s.io",
        kind="SelfSubjectAccessReview",
        plural="selfsubjectaccessreviews",
        namespaced=False,
        verbs=("create",),
        virtual=True,
    ),
)
