"""How many seats a list takes: one for each hundred objects that it has to look at."""

from __future__ import annotations

from collections.abc import Callable

from ...apimachinery import strconv
from ..endpoints.exchange import Request

PER_SEAT = 100
Counts = Callable[[str, str], int]
"""How many objects a resource (group, plural) has; 0 when it is not ours."""


def seats(request: Request, most: int, counts: Counts) -> int:
    """Between 1 and `most`. A watch costs a list when it begins with one."""
    info = request.info
    if info.name or "metadata.name" in request.arg("fieldSelector"):
        return 1
    if info.verb == "watch" and not _begins_with_list(request):
        return 1
    stored = counts(info.group, info.resource)
    if stored <= PER_SEAT:
        return 1
    limit = strconv.magnitude(request.arg("limit"))
    if limit and limit < stored:
        stored = limit
    return min(most, -(-stored // PER_SEAT))


def _begins_with_list(request: Request) -> bool:
    return request.arg("sendInitialEvents") == "true" or request.arg("resourceVersion") in ("", "0")
