"""JSON as it is kept and sent."""

from __future__ import annotations

from wherry.apimachinery import jsonio


def test_what_is_kept_is_written_as_go_writes_it() -> None:
    value = {"command": "a && b <c> \u2028\u2029 é"}
    text = jsonio.kept(value)
    assert text == '{"command":"a \\u0026\\u0026 b \\u003cc\\u003e \\u2028\\u2029 é"}'.encode()
    assert jsonio.loads(text) == value
