"""The Go types whose fields are not what JSON shows: times, quantities, ports by number or name."""

from __future__ import annotations

from typing import Any

import orjson

from .. import quantity as quantities
from ..clock import parse_rfc3339

NO_TIME = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"
NO_FIELDS = "{Raw:([]uint8)<nil>}"
_UTC = (
    "{name:(string)UTC zone:([]time.zone)<nil> tx:([]time.zoneTrans)<nil> extend:(string) "
    "cacheStart:(int64)0 cacheEnd:(int64)0 cacheZone:(*time.zone)<nil>}"
)
"""The local zone of a machine that names none, as upstream's images are."""
_YEAR_ONE = 62_135_596_800
"""Seconds between the year 1, where Go counts from, and 1970."""
_WORD = 64
_NANO_SCALE = 9


def time(text: str) -> str:
    seconds = int(parse_rfc3339(text).timestamp()) + _YEAR_ONE
    return f"{{Time:(time.Time){{wall:(uint64)0 ext:(int64){seconds} loc:(*time.Location){_UTC}}}}}"


def fields_v1(value: Any) -> str:
    return f"{{Raw:([]uint8)[{' '.join(map(str, orjson.dumps(value)))}]}}"


def int_or_string(value: int | str) -> str:
    number, text = (value, "") if isinstance(value, int) else (0, value)
    kind = 1 if isinstance(value, str) else 0
    return f"{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"


def quantity(value: str | int | float) -> str:
    """As parsed from its canonical text: a small one as 64-bit integer and scale, others in decimal."""
    parsed = quantities.parse(value)
    parts = quantities.parts(parsed.format())
    small = f"value:(int64){parts.value} scale:(resource.Scale){parts.scale}"
    big = "<nil>" if parts.nano is None else _decimal(parts.nano, _NANO_SCALE)
    return (
        f"{{i:(resource.int64Amount){{{small}}} d:(resource.infDecAmount){{Dec:(*inf.Dec){big}}} "
        f"s:(string){parts.text} Format:(resource.Format){parts.style}}}"
    )


def _decimal(unscaled: int, scale: int) -> str:
    rest, words = abs(unscaled), []
    while rest:
        words.append(str(rest & (1 << _WORD) - 1))
        rest >>= _WORD
    digits = f"[{' '.join(words)}]" if words else "<nil>"
    sign = "true" if unscaled < 0 else "false"
    return f"{{unscaled:(big.Int){{neg:(bool){sign} abs:(big.nat){digits}}} scale:(inf.Scale){scale}}}"
