"""CustomResourceDefinition: a kind that users add."""

from __future__ import annotations

from ..printing import name_and_timestamp
from ..resource import STATUS, Resource
from ..strategy import Strategy
from . import columns


class CustomResourceDefinitionStrategy(Strategy):
    """Rules of CustomResourceDefinitions."""

    has_status = True
    tracks_generation = True
    allow_unconditional_update = False


RESOURCES = (
    Resource(
        group="apiextensions.k8s.io",
        kind="CustomResourceDefinition",
        plural="customresourcedefinitions",
        short_names=(
            "crd",
            "crds",
        ),
        categories=("api-extensions",),
        namespaced=False,
        subresources=(STATUS,),
        strategy=CustomResourceDefinitionStrategy(),
        columns=columns.CUSTOMRESOURCEDEFINITIONS,
        cells=name_and_timestamp,
    ),
)
