"""JSON on the hot path: orjson, chosen by measurement (docs/decisions)."""

from __future__ import annotations

from typing import Any

import orjson

dumps = orjson.dumps
loads = orjson.loads


def clone(value: Any) -> Any:
    """An independent copy of a JSON value: a dump and a load, eight times as fast as `copy.deepcopy`."""
    return orjson.loads(orjson.dumps(value))
