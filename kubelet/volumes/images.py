"""Image volumes: what an image holds, as a directory that nobody may write. Source: KEP-4639."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..runtime.contract import RuntimeFault
from ..worker.host import Waits
from .persistent import Origin
from .sources import Context

Object = dict[str, Any]
REASON = "FailedMount"


async def image(context: Context, pod: Object, source: Object, own: Path) -> Origin:
    """`Waits` when the image cannot be had, or nobody here knows what it holds."""
    puller, name = context.images, source.get("reference") or ""
    if puller is None:
        raise Waits(REASON, "no images on this node")
    try:
        if puller.needs_pull(name, source.get("pullPolicy") or "IfNotPresent"):
            puller.pull(name)
    except RuntimeFault as fault:
        raise Waits(REASON, fault.message) from fault
    files = puller.contents(name)
    if not files:
        raise Waits(REASON, f'what is in image "{name}" is not known here')
    _lay_out(own, files)
    return Origin(own, False, True)


def _lay_out(own: Path, files: dict[str, str]) -> None:
    """An image never changes: it is written once."""
    for name, text in files.items():
        path = own / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
