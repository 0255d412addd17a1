"""Names as they come in a URL."""

from __future__ import annotations

from ...apimachinery import errors, field

MAY_NOT_BE = (".", "..")
MAY_NOT_CONTAIN = ("/", "%")


def check(name: str) -> None:
    """400 for a name that can never be a path segment."""
    shown = field.quote(name)
    if name in MAY_NOT_BE:
        raise errors.bad_request(f"Name parameter invalid: {shown}: may not be '{name}'")
    found = [c for c in MAY_NOT_CONTAIN if c in name]
    if found:
        why = ", ".join(f"may not contain '{c}'" for c in found)
        raise errors.bad_request(f"Name parameter invalid: {shown}: {why}")
