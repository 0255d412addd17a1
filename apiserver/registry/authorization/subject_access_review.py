"""SubjectAccessReview: may somebody do something."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (
    Resource(
        group="authorization.k8s.io",
        kind="SubjectAccessReview",
        plural="subjectaccessreviews",
        namespaced=False,
        verbs=("create",),
        virtual=True,
    ),
)
