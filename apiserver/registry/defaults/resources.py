"""Resource lists: quantities finer than a thousandth are rounded up, as upstream does when it defaults."""

from __future__ import annotations

from ....apimachinery import quantity

FINE = ("n", "u")


def round_up(amounts: dict[str, str] | None) -> None:
    """Of canonical quantities only those written in nano or micro units can be finer than a thousandth."""
    for name, text in (amounts or {}).items():
        if text.endswith(FINE) or "e-" in text:
            amounts[name] = quantity.parse(text).round_up_milli().format()  # type: ignore[index]
