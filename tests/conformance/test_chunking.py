"""Lists in pages (upstream: test/e2e/apimachinery/chunking.go). That tokens expire is tested in
tests/apiserver, where time does not pass by itself."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.api import Api

TOTAL = 400


@pytest.fixture(scope="module")
def templates(api: Api) -> str:
    api.create("/api/v1/namespaces", {"metadata": {"name": "chunking"}})
    path = "/api/v1/namespaces/chunking/podtemplates"
    template = {"spec": {"containers": [{"name": "test", "image": "test2"}]}}

    def make(number: int) -> None:
        api.create(path, {"metadata": {"name": f"template-{number:04}"}, "template": template})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(TOTAL)))
    return path


@pytest.mark.parametrize("seed", range(3))
def test_pages_are_one_snapshot(api: Api, templates: str, seed: int) -> None:
    """«should return chunks of results for list calls»"""
    chance = random.Random(seed)
    found: list[str] = []
    query: dict[str, str] = {}
    versions = set()
    while True:
        limit = chance.randint(1, TOTAL // 10)
        page = api.get(templates, limit=limit, **query)
        meta = page["metadata"]
        versions.add(meta["resourceVersion"])
        assert len(page["items"]) <= limit
        found += [item["metadata"]["name"] for item in page["items"]]
        if "continue" not in meta:
            assert "remainingItemCount" not in meta
            break
        assert meta["remainingItemCount"] + len(found) == TOTAL
        query = {"continue": meta["continue"]}
    assert found == [f"template-{number:04}" for number in range(TOTAL)] and len(versions) == 1


def test_a_limit_above_the_number_is_one_page(api: Api, templates: str) -> None:
    page = api.get(templates, limit=TOTAL + 1)
    assert len(page["items"]) == TOTAL and "continue" not in page["metadata"]
