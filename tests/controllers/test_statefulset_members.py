"""Making one pod of a set."""

from __future__ import annotations

from typing import Any, cast

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.client.client import Client
from wherry.controllers.statefulset.claims import Claims
from wherry.controllers.statefulset.members import Members

from tests.controllers.fakes import Writes
from tests.controllers.objects import Object, meta, pod
from tests.support import run

SET = {"metadata": meta("ss"), "spec": {"selector": {}}}


class Refusing(Writes):
    """Makes nothing: every creation fails with `error`."""

    def __init__(self, error: StatusError) -> None:
        super().__init__()
        self._error = error

    async def create(self, r: object, obj: Object) -> Object:
        raise self._error


def members(error: StatusError) -> tuple[Members, Refusing]:
    refusing = Refusing(error)
    claims = Claims(refusing.client, cast(Any, None), refusing.recorder)
    return Members(cast(Client, refusing), claims, refusing.recorder), refusing


def test_a_refusal_is_told_and_tried_again() -> None:
    made, seen = members(StatusError(403, "Forbidden", "no"))
    with pytest.raises(StatusError, match="no"):
        run(made.create(SET, pod("ss-0")))
    assert seen.events == [("FailedCreate", "Create Pod ss-0 in StatefulSet ss failed error: no")]


def test_nothing_is_made_in_a_namespace_that_goes() -> None:
    causes = {"causes": [{"reason": "NamespaceTerminating"}]}
    made, seen = members(StatusError(403, "Forbidden", "going", details=causes))
    run(made.create(SET, pod("ss-0")))
    assert seen.events == []
