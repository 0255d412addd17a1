"""Values that may be absent: `optional.of`, `hasValue`, `orValue` …

Source: cel-go cel/library.go (optional types).
"""

from __future__ import annotations

from typing import Any

from ..errors import EvaluationError
from ..functions import Function, member, over
from ..types import BOOL, DYN, STRING, list_of, optional_of, param
from ..values import MIN_SECONDS, NANO, NONE, Duration, Optional, Timestamp
from .operators import optional_index

_V = param("V")
_OPTIONAL = optional_of(_V)


def _value(holder: Optional) -> Any:
    if not holder.present:
        raise EvaluationError("optional.none() dereference")
    return holder.value


def _of_nonzero(value: Any) -> Optional:
    if isinstance(value, Duration):
        return Optional(value) if value.nanos else NONE
    if isinstance(value, Timestamp):
        return Optional(value) if value.nanos != MIN_SECONDS * NANO else NONE
    return Optional(value) if value else NONE


def _unwrap(items: list[Any]) -> list[Any]:
    return [item.value for item in items if item.present]


FUNCTIONS = (
    Function("optional.of", (over("optional_of", (_V,), _OPTIONAL, Optional),)),
    Function("optional.ofNonZeroValue", (over("optional_ofNonZeroValue", (_V,), _OPTIONAL, _of_nonzero),)),
    Function("optional.none", (over("optional_none", (), _OPTIONAL, lambda: NONE),)),
    Function("value", (member("optional_value", (_OPTIONAL,), _V, _value),)),
    Function("hasValue", (member("optional_hasValue", (_OPTIONAL,), BOOL, lambda holder: holder.present),)),
    Function(
        "or",
        (
            member(
                "optional_or_optional", (_OPTIONAL, _OPTIONAL), _OPTIONAL, lambda a, b: a if a.present else b
            ),
        ),
    ),
    Function(
        "orValue",
        (member("optional_orValue_value", (_OPTIONAL, _V), _V, lambda a, b: a.value if a.present else b),),
    ),
    Function("_?._", (over("select_optional_field", (DYN, STRING), _OPTIONAL, optional_index),)),
    Function("optional.unwrap", (over("optional_unwrap", (list_of(_OPTIONAL),), list_of(_V), _unwrap),)),
    Function("unwrapOpt", (member("optional_unwrapOpt", (list_of(_OPTIONAL),), list_of(_V), _unwrap),)),
)
