"""Who may have a name: conflicts within a group, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apiserver.customresources.names import Taken, judge

from ..harness import Api, drive
from .widgets import DEFINITIONS, condition, define, definition

HELD = {
    "metadata": {"name": "other"},
    "status": {
        "acceptedNames": {
            "plural": "widgets", "singular": "widget", "shortNames": ["wd"], "kind": "Widget",
            "listKind": "WidgetList",
        }
    }
}  # fmt: skip
FREE = {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"}


def verdict(**names: Any) -> Any:
    taken = Taken()
    taken.put(HELD)
    return judge({"metadata": {"name": "own"}, "spec": {"names": {**FREE, **names}}}, taken)


@pytest.mark.parametrize(
    ("names", "reason", "name"),
    [
        ({"plural": "widget"}, "PluralConflict", "widget"),
        ({"singular": "wd"}, "SingularConflict", "wd"),
        ({"shortNames": ["widgets"]}, "ShortNamesConflict", "widgets"),
        ({"kind": "Widget"}, "KindConflict", "Widget"),
        ({"listKind": "WidgetList"}, "ListKindConflict", "WidgetList"),
        ({"kind": "Widget", "singular": "widget"}, "KindConflict", "Widget"),
    ],
)
def test_a_name_in_use_is_refused(names: Any, reason: str, name: str) -> None:
    found = verdict(**names)
    assert (found.names["reason"], found.names["message"]) == (reason, f'"{name}" is already in use')
    assert (found.established["status"], found.established["reason"]) == ("False", "NotAccepted")


def test_what_is_free_is_accepted_all_the_same() -> None:
    assert verdict(kind="Widget").accepted == {
        "plural": "gadgets", "singular": "gadget", "kind": "", "listKind": "GadgetList",
    }  # fmt: skip


def test_several_short_names_in_use_are_told_together() -> None:
    message = verdict(shortNames=["wd", "gd", "widget"]).names["message"]
    assert message == '["wd" is already in use, "widget" is already in use]'


def test_categories_need_not_be_free() -> None:
    assert verdict(categories=["all"]).accepted["categories"] == ["all"]


def test_an_established_definition_stays_so_when_a_new_name_is_refused() -> None:
    async def scenario(api: Api) -> None:
        await define(api, definition(names={"shortNames": ["wd"]}))
        await define(api, definition(plural="gadgets"))
        path = f"{DEFINITIONS}/gadgets.example.com"
        async with api.watch(
            f"{DEFINITIONS}?watch=1&fieldSelector=metadata.name%3Dgadgets.example.com"
        ) as stream:
            await api.patch(path, {"spec": {"names": {"shortNames": ["wd"]}}})
            while condition(found := (await stream.event())[1], "NamesAccepted")["status"] != "False":
                pass
        assert condition(found, "Established")["status"] == "True"
        assert (await api.get("/apis/example.com/v1/gadgets")).status == 200

    drive(scenario)


def test_a_refused_definition_is_accepted_once_the_name_is_free() -> None:
    async def scenario(api: Api) -> None:
        await define(api)
        refused = await define(
            api, definition(plural="gadgets", names={"kind": "Widget", "listKind": "Gadgets"})
        )
        assert condition(refused, "NamesAccepted")["reason"] == "KindConflict"
        assert (await api.get("/apis/example.com/v1/gadgets")).status == 404
        async with api.watch(
            f"{DEFINITIONS}?watch=1&fieldSelector=metadata.name%3Dgadgets.example.com"
        ) as stream:
            await api.ask("DELETE", f"{DEFINITIONS}/widgets.example.com")
            while condition((await stream.event())[1], "Established")["status"] != "True":
                pass
        assert (await api.get("/apis/example.com/v1/gadgets")).json["kind"] == "Gadgets"

    drive(scenario)


def test_a_protected_group_tells_whether_it_was_approved() -> None:
    async def scenario(api: Api) -> None:
        obj = definition(plural="deployments", group="apps.k8s.io")
        obj["metadata"]["annotations"] = {"api-approved.kubernetes.io": "unapproved, a test"}
        found = await define(api, obj)
        assert condition(found, "KubernetesAPIApprovalPolicyConformant") == {
            "type": "KubernetesAPIApprovalPolicyConformant",
            "status": "False",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
            "reason": "UnapprovedAnnotation",
            "message": 'not approved: "unapproved, a test"',
        }

    drive(scenario)
