"""Names as they come in a URL."""

from __future__ import annotations

from ...apimachinery import errors, field

MAY_NOT_BE = (".", "..")
MAY_NOT_CONTAIN = ("/", "%")


def check(name: str) -> None:
    """400 for a name that can never be a path segment."""
    if name in MAY_NOT_BE:
        raise _invalid(name, f"may not be '{name}'")
    found = [part for part in MAY_NOT_CONTAIN if part in name]
    if found:
        raise _invalid(name, ", ".join(f"may not contain '{part}'" for part in found))


def _invalid(name: str, why: str) -> errors.StatusError:
    return errors.bad_request(f"Name parameter invalid: {field.quote(name)}: {why}")
