"""JSON that stays in memory takes no more of it than its length."""

from __future__ import annotations

import tracemalloc

from wherry.apimachinery import jsonio

OBJECT = {"metadata": {"name": "a"}, "data": {"k": "v" * 200}}


def test_what_is_kept_is_what_is_sent() -> None:
    assert jsonio.kept(OBJECT) == jsonio.dumps(OBJECT)


def test_what_is_kept_holds_no_spare_room() -> None:
    tracemalloc.start()
    try:
        found = [jsonio.kept(OBJECT) for _ in range(100)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 100 * (len(found[0]) + 200)
