"""Acting as somebody else: what the headers ask for, and who may."""

from __future__ import annotations

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.authentication import impersonation
from wherry.apiserver.authentication.impersonation import Impersonator, Wanted
from wherry.apiserver.authorization import ALLOWED, NO_OPINION, Attributes, Decision
from wherry.apiserver.registry.strategy import User

CALLER = User("caller")
REQUEST = Attributes(CALLER, "list", "", "v1", "pods", "", "ns")
Grant = tuple[str, str, str]
"""(verb, resource, name)"""


class Grants:
    """Allows the listed accesses; "*" as the only one allows everything."""

    def __init__(self, *grants: Grant) -> None:
        self.grants = grants

    def authorize(self, attrs: Attributes) -> Decision:
        resource = f"{attrs.resource}/{attrs.subresource}" if attrs.subresource else attrs.resource
        return ALLOWED if (attrs.verb, resource, attrs.name) in self.grants else NO_OPINION


class Everything:
    def authorize(self, attrs: Attributes) -> Decision:
        return ALLOWED


def wanted(**headers: str) -> Wanted:
    raw = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    found = impersonation.wanted(raw)
    assert found is not None
    return found


def refusal(target: Wanted, *grants: Grant) -> str:
    with pytest.raises(StatusError) as caught:
        Impersonator(Grants(*grants)).act_as(target, REQUEST)
    return caught.value.message


def test_no_headers_no_wish() -> None:
    assert impersonation.wanted([(b"accept", b"*/*")]) is None


def test_headers_are_read_with_their_repetitions() -> None:
    raw = [
        (b"impersonate-user", b"jane"),
        (b"impersonate-group", b"a"),
        (b"impersonate-group", b"b"),
        (b"impersonate-uid", b"42"),
        (b"impersonate-extra-example.com%2fteam", b"blue"),
    ]
    assert impersonation.wanted(raw) == (
        User("jane", "42", ("a", "b"), {"example.com/team": ("blue",)}),
        False,
    )


def test_groups_without_a_user() -> None:
    with pytest.raises(StatusError) as caught:
        impersonation.wanted([(b"impersonate-group", b"devs")])
    assert caught.value.message == (
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, '
        "Extra:map[string][]string(nil)} without impersonating a user name"
    )


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("jane", ("system:authenticated",)),
        ("system:anonymous", ("system:unauthenticated",)),
        (
            "system:serviceaccount:ns:robot",
            ("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"),
        ),
        ("system:node:n1", ("system:nodes", "system:authenticated")),
    ],
)
def test_the_impersonated_user_gets_the_groups_of_its_kind(name: str, groups: tuple[str, ...]) -> None:
    assert Impersonator(Everything()).act_as(wanted(impersonate_user=name), REQUEST).groups == groups


def test_the_classic_right_suffices() -> None:
    target = wanted(impersonate_user="jane", impersonate_group="devs")
    grants = Grants(("impersonate", "users", "jane"), ("impersonate", "groups", "devs"))
    assert Impersonator(grants).act_as(target, REQUEST).groups == ("devs", "system:authenticated")


def test_the_constrained_right_is_for_one_verb_and_user() -> None:
    target = wanted(impersonate_user="jane")
    grants = (("impersonate:user-info", "users", "jane"), ("impersonate-on:user-info:list", "pods", ""))
    assert Impersonator(Grants(*grants)).act_as(target, REQUEST).name == "jane"
    assert "cannot impersonate-on:user-info:list" in refusal(target, grants[0])


def test_the_first_refusal_is_shown() -> None:
    assert refusal(wanted(impersonate_user="jane")) == (
        'pods is forbidden: User "caller" cannot impersonate-on:user-info:list resource "pods" in '
        'API group "" '
        'in the namespace "ns"'
    )


def test_the_way_that_worked_last_refuses_first() -> None:
    impersonator = Impersonator(Grants(("impersonate", "users", "jane")))
    impersonator.act_as(wanted(impersonate_user="jane"), REQUEST)
    with pytest.raises(StatusError, match=r'users "joe" is forbidden: User "caller" cannot impersonate'):
        impersonator.act_as(wanted(impersonate_user="joe"), REQUEST)


def test_masters_are_out_of_reach_of_the_constrained_right() -> None:
    target = wanted(impersonate_user="jane", impersonate_group="system:masters")
    grants = (("impersonate:user-info", "users", "jane"), ("impersonate-on:user-info:list", "pods", ""))
    assert refusal(target, *grants).endswith("impersonating the system:masters group is not allowed")


@pytest.mark.parametrize(
    "name", ["system:serviceaccount:A:b", "system:serviceaccount:a:b:c", "system:node:N"]
)
def test_what_no_account_or_node_can_be_called_is_a_user_like_any_other(name: str) -> None:
    found = Impersonator(Everything()).act_as(wanted(Impersonate_User=f"system:{name}"), REQUEST)
    assert found.groups == ("system:authenticated",)
