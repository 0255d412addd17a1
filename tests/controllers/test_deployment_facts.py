"""The arithmetic of Deployments."""

from __future__ import annotations

import pytest
from wherry.controllers.deployment import facts

from tests.controllers.objects import deployment, replica_set


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (10, "25%", "25%", (3, 2)),
        (1, "25%", "25%", (1, 0)),
        (4, 0, 1, (0, 1)),
        (4, 0, "100%", (0, 4)),
        (3, "1%", "1%", (1, 0)),
        (4, 0, 0, (0, 1)),
        (0, "25%", 1, (0, 0)),
    ],
)
def test_surge_rounds_up_and_unavailability_down(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    d = deployment(replicas, surge=surge, unavailable=unavailable)
    assert (facts.max_surge(d), facts.max_unavailable(d)) == expected


def test_the_new_set_grows_only_as_far_as_the_surge_allows() -> None:
    d, old, new = deployment(4, surge=1), replica_set("old", 4, 4), replica_set("new", 0, 0, "new")
    assert facts.new_size(d, [old, new], new) == 1


def test_a_recreated_deployment_wants_all_at_once() -> None:
    d = deployment(4, strategy={"type": "Recreate"})
    new = replica_set("new", 0, 0, "new")
    assert facts.new_size(d, [replica_set("old", 4, 4), new], new) == 4


def test_the_set_of_the_template_is_found_whatever_its_hash() -> None:
    new = replica_set("new", 1, 1, "new")
    assert facts.find_new(deployment(), [replica_set("old", 1, 1), new]) is new
    assert facts.find_new(deployment(), [replica_set("old", 1, 1)]) is None


def test_annotations_are_copied_except_those_of_the_controller() -> None:
    d, rs = deployment(), replica_set("new", 0, 0)
    d["metadata"]["annotations"] = {
        "note": "1",
        facts.REVISION: "7",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    assert facts.set_new_annotations(d, rs, 2, exists=False)
    assert facts.notes(rs) == {"note": "1", facts.REVISION: "2", facts.DESIRED: "3", facts.MAXIMUM: "4"}


def test_an_old_set_that_is_new_again_remembers_its_revisions() -> None:
    rs = replica_set("new", 0, 0, **{facts.REVISION: "3", facts.REVISION_HISTORY: "1"})
    assert facts.set_new_annotations(deployment(), rs, 5, exists=True)
    assert facts.notes(rs) == {facts.REVISION: "5", facts.REVISION_HISTORY: "1,3"}
    assert not facts.set_new_annotations(deployment(), rs, 5, exists=True)


@pytest.mark.parametrize("text", ["", "many", "-1", "²", "1.5"])
def test_annotations_that_are_no_numbers_say_nothing(text: str) -> None:
    found = replica_set("a", 3, 3, **{facts.REVISION: text, facts.DESIRED: text, facts.MAXIMUM: text})
    assert (facts.noted(found, facts.DESIRED), facts.revision(found)) == (None, 0)
    assert not facts.is_saturated(deployment(3), found)
    assert facts.proportion({**deployment(6), "status": {"replicas": 4}}, found, 3, 0) == 3


def test_a_share_follows_the_size_the_deployment_had() -> None:
    d = deployment(20, surge=0, unavailable=1)
    rs = replica_set("old", 5, 5, **{facts.MAXIMUM: "10"})
    assert facts.proportion(d, rs, 10, 0) == 5
    assert facts.proportion(d, rs, 10, 8) == 2
