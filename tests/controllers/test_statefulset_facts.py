"""Names, places and storage of a StatefulSet's pods."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.controllers.statefulset import facts

from tests.controllers.objects import Object, meta, pod


def owner(**spec: Any) -> Object:
    template = {
        "metadata": {"labels": {"app": "s"}},
        "spec": {"volumes": [{"name": "own"}, {"name": "data"}]},
    }
    return {
        "kind": "StatefulSet",
        "apiVersion": "apps/v1",
        "metadata": meta("s"),
        "spec": {"replicas": 2, "serviceName": "svc", "template": template, **spec},
    }


CLAIMS = {"volumeClaimTemplates": [{"metadata": {"name": "data"}}]}


@pytest.mark.parametrize(
    ("name", "parent", "place"),
    [
        ("s-0", "s", 0),
        ("a-b-12", "a-b", 12),
        ("s", "", -1),
        ("s-x", "", -1),
        ("s-99999999999", "", -1),
    ],
)
def test_a_name_tells_the_place(name: str, parent: str, place: int) -> None:
    assert facts.parent_and_ordinal(pod(name)) == (parent, place)


def test_a_new_pod_has_its_identity() -> None:
    made = facts.new_pod(owner(), 1, "s-abc")
    assert made["metadata"]["name"] == "s-1"
    assert made["metadata"]["labels"] == {
        "app": "s",
        facts.NAME_LABEL: "s-1",
        facts.INDEX_LABEL: "1",
        facts.REVISION_LABEL: "s-abc",
    }
    assert (made["spec"]["hostname"], made["spec"]["subdomain"]) == ("s-1", "svc")
    assert facts.has_identity(owner(), made)


def test_a_set_without_a_service_gives_no_subdomain() -> None:
    assert "subdomain" not in facts.new_pod(owner(serviceName=""), 0, "r")["spec"]


def test_its_claims_replace_volumes_of_their_names() -> None:
    made = facts.new_pod(owner(**CLAIMS), 1, "r")
    claim = {"name": "data", "persistentVolumeClaim": {"claimName": "data-s-1"}}
    assert made["spec"]["volumes"] == [claim, {"name": "own"}]
    assert facts.has_storage(owner(**CLAIMS), made)


def test_a_pod_without_the_claim_lacks_its_storage() -> None:
    assert not facts.has_storage(owner(**CLAIMS), facts.new_pod(owner(), 1, "r"))


@pytest.mark.parametrize("start, inside", [(0, ["s-0", "s-1"]), (3, ["s-3", "s-4"])])
def test_the_range_of_ordinals(start: int, inside: list[str]) -> None:
    s = owner(ordinals={"start": start})
    names = [f"s-{number}" for number in range(6)]
    assert [name for name in names if facts.in_range(s, pod(name))] == inside


def test_a_status_without_counts_is_one_of_zeros() -> None:
    computed = {
        "observedGeneration": 0,
        **dict.fromkeys(facts.COUNTS, 0),
        "currentRevision": "r",
        "updateRevision": "r",
        "collisionCount": 0,
    }
    assert facts.same_status({"currentRevision": "r", "updateRevision": "r"}, computed)
    assert not facts.same_status({"currentRevision": "q", "updateRevision": "r"}, computed)
