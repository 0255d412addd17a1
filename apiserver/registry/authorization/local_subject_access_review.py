"""LocalSubjectAccessReview: may somebody do something in a namespace."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (
    Resource(
        group="authorization.k8s.io",
        kind="LocalSubjectAccessReview",
        plural="localsubjectaccessreviews",
        namespaced=True,
        verbs=("create",),
        virtual=True,
    ),
)
