"""ControllerRevisions: what is snapshot, numbered anew and told apart."""

from __future__ import annotations

from typing import Any, cast

import orjson
import pytest
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.client.informer import Informer
from wherry.controllers import history
from wherry.controllers.daemonset.pods import KIND
from wherry.controllers.owners import Owners

from tests.controllers.objects import Object, meta
from tests.support import run


class Store:
    """Stands in for the client: what is stored by name."""

    def __init__(self, *revisions: Object) -> None:
        self.stored = {r["metadata"]["name"]: r for r in revisions}
        self.deleted: list[str] = []

    async def create(self, r: object, obj: Object) -> Object:
        name = obj["metadata"]["name"]
        if name in self.stored:
            raise StatusError(409, "AlreadyExists", name)
        self.stored[name] = obj
        return obj

    async def update(self, r: object, obj: Object) -> Object:
        self.stored[obj["metadata"]["name"]] = obj
        return obj

    async def get(self, r: object, name: str, namespace: str) -> Object:
        return self.stored[name]

    async def delete(self, r: object, name: str, namespace: str) -> None:
        if name not in self.stored:
            raise StatusError(404, "NotFound", name)
        self.deleted.append(name)

    @property
    def history(self) -> history.History:
        client = cast(Client, self)
        return history.History(
            client, cast(Informer, None), Owners(client, cast(Informer, None), KIND), "hash", history.of_data
        )


def owner(image: str, **more: Any) -> Object:
    template = {"spec": {"image": image}, "metadata": {"labels": {"app": "a"}}}
    return {"metadata": meta("a", **more), "spec": {"template": template}}


def current(store: Store, of: Object, *known: Object) -> tuple[Object, int]:
    return run(store.history.current(of, known))


def snapshot(image: str, number: int) -> Object:
    """The revision as it would be made, with another number."""
    return {**current(Store(), owner(image))[0], "revision": number}


def test_the_first_template_is_revision_one() -> None:
    made, collisions = current(Store(), owner("1", annotations={"note": "x"}))
    digest = made["metadata"]["labels"]["hash"]
    assert (made["revision"], collisions) == (1, 0)
    assert made["metadata"]["name"] == f"a-{digest}"
    assert made["metadata"]["labels"] == {"app": "a", "hash": digest}
    assert made["metadata"]["annotations"] == {"note": "x"}
    assert made["metadata"]["ownerReferences"][0]["name"] == "a"


def test_data_is_a_patch_that_kubectl_can_compare_as_text() -> None:
    data = history.data(owner("1"))
    assert data["spec"]["template"]["$patch"] == "replace"
    assert orjson.dumps(data) == orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def test_a_template_comes_back_as_it_was() -> None:
    assert history.template(snapshot("1", 1)) == owner("1")["spec"]["template"]


CONTAINER = {
    "name": "c",
    "image": "registry.example/app:1",
    "imagePullPolicy": "IfNotPresent",
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
SPEC = {
    "containers": [CONTAINER],
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "securityContext": {},
    "terminationGracePeriodSeconds": 30,
}


def test_the_hash_is_upstream_s() -> None:
    set_a = {"spec": {"template": {"metadata": {"labels": {"app": "a"}}, "spec": SPEC}}}
    assert history.of_data(set_a, 0) == "86c4b86595"
    assert history.of_data(set_a, 1) != "86c4b86595"


def test_a_known_template_makes_nothing() -> None:
    store, one = Store(), snapshot("1", 1)
    assert current(store, owner("1"), one) == (one, 0) and not store.stored


def test_a_new_template_gets_the_next_number() -> None:
    assert current(Store(), owner("2"), snapshot("1", 4))[0]["revision"] == 5


def test_an_old_template_moves_to_the_end() -> None:
    one, two = snapshot("1", 1), snapshot("2", 2)
    store = Store(one, two)
    assert current(store, owner("1"), one, two)[0]["revision"] == 3
    assert len(store.stored) == 2


def test_a_revision_that_the_cache_does_not_know_yet_is_taken() -> None:
    one = snapshot("1", 1)
    assert current(Store(one), owner("1")) == (one, 0)


def test_a_taken_name_is_told_apart_by_the_collision_count() -> None:
    one = snapshot("1", 1)
    store = Store({**one, "data": {}})
    made, collisions = current(store, owner("1"))
    assert collisions == 1 and made["metadata"]["name"] != one["metadata"]["name"]
    again = {**owner("1"), "status": {"collisionCount": 1}}
    assert current(store, again) == (made, 1)


def test_a_revision_that_is_gone_needs_no_deletion() -> None:
    one = snapshot("1", 1)
    store = Store()
    run(store.history.delete(one))
    assert store.deleted == []


def test_revisions_are_sorted_by_number() -> None:
    revisions = [{"metadata": meta(f"r{n}"), "revision": n} for n in (3, 1, 2)]
    assert [r["revision"] for r in history.in_order(revisions)] == [1, 2, 3]


@pytest.mark.parametrize("name", ["a", "a" * 253])
def test_a_long_name_is_cut(name: str) -> None:
    long = owner("1")
    long["metadata"]["name"] = name
    assert len(current(Store(), long)[0]["metadata"]["name"]) <= 253
