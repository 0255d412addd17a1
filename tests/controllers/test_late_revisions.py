"""A revision that its own controller hears of late: the template is back at the first one by then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from wherry.apimachinery.gvk import GroupVersionResource
from wherry.client.informer import Informer
from wherry.client.resources import CONTROLLERREVISIONS, DAEMONSETS, STATEFULSETS

from tests.controllers.cluster import Cluster, cluster
from tests.controllers.test_daemonset import agent
from tests.controllers.test_statefulset import db, reached, template
from tests.support import run

Object = dict[str, Any]


class Late:
    """Keeps what an informer is told until `release`."""

    def __init__(self, informer: Informer, monkeypatch: pytest.MonkeyPatch) -> None:
        self._apply = informer._apply
        self._monkeypatch = monkeypatch
        self._kept: list[tuple[str, Object]] = []
        monkeypatch.setattr(informer, "_apply", lambda kind, obj: self._kept.append((kind, obj)))

    def release(self) -> None:
        self._monkeypatch.undo()
        for kind, obj in self._kept:
            self._apply(kind, obj)


@pytest.mark.parametrize(
    ("controller", "resource", "obj"),
    [
        ("daemonset-controller", DAEMONSETS, agent()),
        ("statefulset-controller", STATEFULSETS, db(0)),
    ],
)
def test_an_old_template_gets_a_new_number_once_the_cache_has_caught_up(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    controller: str,
    resource: GroupVersionResource,
    obj: Object,
) -> None:
    name = obj["metadata"]["name"]

    async def change(c: Cluster, image: str, generation: int) -> None:
        await c.client.patch(resource, name, {"spec": {"template": template(image)}}, "default")
        await c.until(resource, name, lambda found: found["status"].get("observedGeneration") == generation)

    async def go() -> None:
        async with cluster(tmp_path, controller) as c:
            await c.client.create(resource, obj)
            first = (await c.until_list(CONTROLLERREVISIONS, reached(1)))[0]["metadata"]
            await c.seen(CONTROLLERREVISIONS, f"default/{first['name']}", bool)
            assert c.manager.context is not None
            late = Late(c.manager.context.informers.of(CONTROLLERREVISIONS), monkeypatch)
            await change(c, "two", 2)
            await change(c, "one", 3)
            late.release()
            found = await c.until_list(CONTROLLERREVISIONS, reached(3))
            assert sorted(r["revision"] for r in found) == [2, 3]

    run(go())
