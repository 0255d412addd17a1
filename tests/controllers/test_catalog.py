"""Which controllers `--controllers` selects."""

from __future__ import annotations

import pytest
from wherry.controllers import catalog


def names(*chosen: str) -> set[str]:
    return {controller.name for controller in catalog.select(chosen)}


def test_a_star_is_all_that_are_on_by_default() -> None:
    assert names("*") == {controller.name for controller in catalog.CONTROLLERS if controller.default_on}


def test_a_minus_takes_one_away() -> None:
    assert names("*") - names("*", "-deployment-controller") == {"deployment-controller"}


def test_names_alone_are_only_those() -> None:
    assert names("deployment-controller") == {"deployment-controller"}


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match='"no-controller" is not in the list of known controllers'):
        names("*", "-no-controller")


@pytest.mark.parametrize("older", ["deployment", "podgc", "pv-protection"])
def test_names_of_before_1_28_are_still_taken(older: str) -> None:
    assert names(older) and names("*") - names("*", f"-{older}") == names(older)


def test_known_controllers_that_have_nothing_to_do_here_select_nothing() -> None:
    assert names("service-lb-controller", "selinux-warning-controller") == set()
