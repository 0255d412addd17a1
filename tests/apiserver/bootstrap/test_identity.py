"""The identity Lease: renewed every ten seconds, brought back when it was deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from wherry.apimachinery.clock import FakeClock
from wherry.apimachinery.errors import internal
from wherry.apiserver.bootstrap import identity

from tests.support import run

from .test_reconcile import SETTINGS, Object, Writer


def leases(writer: Writer) -> list[Object]:
    return [obj for (_, resource, _, _), obj in writer.objects.items() if resource == "leases"]


def renewing(writer: Writer, scenario: Callable[[FakeClock], Awaitable[None]]) -> None:
    async def body() -> None:
        clock = FakeClock()
        task = asyncio.create_task(identity.renew(SETTINGS, writer, clock))
        await clock.settle()
        await scenario(clock)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(body())


def test_the_lease_is_renewed_every_ten_seconds() -> None:
    writer = Writer()

    async def scenario(clock: FakeClock) -> None:
        for _ in range(3):
            await clock.advance(identity.RENEW_SECONDS)
            due = clock.now() - timedelta(microseconds=clock.now().microsecond)
            assert leases(writer)[0]["spec"]["renewTime"] == due.strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    renewing(writer, scenario)
    assert writer.writes == 3


def test_a_deleted_lease_comes_back() -> None:
    writer = Writer()

    async def scenario(clock: FakeClock) -> None:
        await clock.advance(identity.RENEW_SECONDS)
        writer.objects.clear()
        await clock.advance(identity.RENEW_SECONDS)

    renewing(writer, scenario)
    assert len(leases(writer)) == 1


def test_a_failed_renewal_is_tried_again() -> None:
    class Failing(Writer):
        async def create(self, group: str, resource: str, obj: Object) -> Object:
            self.writes += 1
            raise internal("no")

    writer = Failing()

    async def scenario(clock: FakeClock) -> None:
        await clock.advance(2 * identity.RENEW_SECONDS)

    renewing(writer, scenario)
    assert writer.writes == 2


def test_an_older_servers_lease_gets_its_labels() -> None:
    writer = Writer()

    async def scenario(clock: FakeClock) -> None:
        await clock.advance(identity.RENEW_SECONDS)
        leases(writer)[0]["metadata"]["labels"] = {"mine": "kept"}
        await clock.advance(identity.RENEW_SECONDS)
        assert leases(writer)[0]["metadata"]["labels"] == {
            "mine": "kept",
            "apiserver.kubernetes.io/identity": "kube-apiserver",
            "kubernetes.io/hostname": SETTINGS.host,
        }

    renewing(writer, scenario)
