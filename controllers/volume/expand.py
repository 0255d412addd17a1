"""The persistentvolume-expander-controller: says that claims which want to grow wait for a driver's resizer.

No kind of volume that upstream's controller could expand by itself is left.
"""

from __future__ import annotations

from typing import Any

from ...apimachinery import volumes as rules
from ...client.informer import key_of
from ...client.resources import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES
from ..base import Controller
from ..context import Context
from . import plugins

Object = dict[str, Any]


class ExpandController(Controller):
    """Tells only; writes nothing."""

    name = "persistentvolume-expander-controller"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._claims = self.informer(PERSISTENTVOLUMECLAIMS, self._claim_changed)
        self._volumes = self.informer(PERSISTENTVOLUMES)
        self._recorder = ctx.recorder("volume_expand")

    def _claim_changed(self, kind: str, new: Object, old: Object | None) -> None:
        if kind == "DELETED" or not rules.wants_growth(new):
            return
        if old is None or rules.requested(old) < rules.requested(new):
            self.queue.add(key_of(new))

    async def reconcile(self, key: str) -> None:
        claim = self._claims.get(key)
        if claim is not None and rules.wants_growth(claim):
            volume = self._volumes.get(claim["spec"].get("volumeName", ""))
            kind = "Normal" if volume is not None and plugins.of(volume) else "Warning"
            text = "waiting for an external controller to expand this PVC"
            self._recorder.event(claim, kind, "ExternalExpanding", text)
