"""DenyServiceExternalIPs (off by default): no Service gets external IPs that it has not had before."""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import WRITES, Attributes, Plugin, forbidden


def _validate(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    given = set((obj.get("spec") or {}).get("externalIPs") or ())
    known = set(((old or {}).get("spec") or {}).get("externalIPs") or ())
    if not given <= known:
        raise forbidden(attrs, "Use of external IPs is denied by admission control", obj)


PLUGIN = Plugin(name="DenyServiceExternalIPs", on={("", "services"): WRITES}, validate=_validate)
