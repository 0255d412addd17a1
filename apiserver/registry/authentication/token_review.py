"""TokenReview: whom a token belongs to."""

from __future__ import annotations

from ..resource import Resource

RESOURCES = (
    Resource(
        group="authentication.k8s.io",
        kind="TokenReview",
        plural="tokenreviews",
        namespaced=False,
        verbs=("create",),
        virtual=True,
    ),
)
