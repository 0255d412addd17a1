"""ImageLocality: likes nodes that hold the pod's images already, the more and the larger."""

from __future__ import annotations

from ..cache import Cache
from ..contract import MAX_SCORE
from ..node import NodeInfo
from ..pod import Template

NAME = "ImageLocality"
SMALL = 23 * 1024 * 1024
"""Bytes below which an image is no reason."""
LARGE = 1000 * 1024 * 1024
"""Bytes per container above which more makes no difference."""


class ImageLocality:
    name = NAME
    weight = 1

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def applies(self, template: Template) -> bool:
        return bool(self._cache.image_nodes)

    def score(self, template: Template, node: NodeInfo) -> int:
        if not node.images:
            return 0
        total = len(self._cache.order)
        on, sizes = self._cache.image_nodes, self._cache.image_sizes
        size = sum(
            int(sizes[image] * (on[image] / total)) for image in template.images if image in node.images
        )
        largest = LARGE * template.containers
        return MAX_SCORE * (min(max(size, SMALL), largest) - SMALL) // (largest - SMALL)
