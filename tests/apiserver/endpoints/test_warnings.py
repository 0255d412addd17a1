"""Warning headers: each once, shortened when they are too long together."""

from __future__ import annotations

from wherry.apiserver.endpoints.warnings import MAX_EACH, MAX_TOTAL, header, limited


def test_a_text_is_sent_once_and_empty_ones_never() -> None:
    assert limited(["a", "b", "", "a"]) == ["a", "b"]


def test_texts_that_fit_together_stay_whole() -> None:
    texts = ["x" * (MAX_TOTAL - 1), "y"]
    assert limited(texts) == texts


def test_texts_that_do_not_fit_are_all_shortened() -> None:
    assert limited(["x" * MAX_TOTAL, "yes"]) == ["x" * MAX_EACH, "yes"]


def test_what_is_too_much_even_then_is_left_out() -> None:
    texts = [f"{i:03}" + "x" * MAX_EACH for i in range(100)]
    found = limited(texts)
    assert len(found) == MAX_TOTAL // MAX_EACH
    assert found[-1].startswith("015")


def test_a_text_that_no_header_can_carry_is_left_out() -> None:
    assert limited(["two\nlines", "a\x01", "\x96", "fine, ñ"]) == ["fine, ñ"]


def test_quotes_are_escaped() -> None:
    assert header('say "a\\b" c') == (b"warning", b'299 - "say \\"a\\\\b\\" c"')
