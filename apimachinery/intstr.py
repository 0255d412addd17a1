"""Values that are a number or a percentage of something (`maxSurge: 25%`)."""

from __future__ import annotations

import re

_PERCENT = re.compile(r"([+-]?[0-9]+)%")


def scaled(value: int | str, total: int, round_up: bool) -> int:
    """The number itself, or that share of `total`, rounded. ValueError for any other text."""
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        raise ValueError("invalid value for IntOrString: invalid type: string is not a percentage")
    match = _PERCENT.fullmatch(value)
    if match is None:
        problem = f'strconv.Atoi: parsing "{value[:-1]}": invalid syntax'
        raise ValueError(f'invalid value for IntOrString: invalid value "{value}": {problem}')
    product = int(match[1]) * total
    return -(-product // 100) if round_up else product // 100
