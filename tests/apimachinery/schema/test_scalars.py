"""Values of the simple types, as elements of lists and maps."""

from __future__ import annotations

from wherry.apimachinery.schema import scalars


def test_null_is_no_bytes() -> None:
    assert scalars.base64(None) == ""
