"""Health endpoints: names, verbose lines, exclusions, and what fails them."""

from __future__ import annotations

import pytest
from wherry.apiserver.endpoints.health import Checks

from ..harness import Api, drive


def checks(problem: str | None = None) -> Checks:
    found = Checks()
    found.add("etcd", lambda: problem, ("healthz", "readyz"))
    return found


def test_a_healthy_endpoint_says_ok() -> None:
    assert checks().report("healthz", "", False, ()) == (True, "ok")


def test_verbose_names_every_check() -> None:
    healthy, text = checks().report("healthz", "", True, ())
    assert healthy
    assert text == "[+]ping ok\n[+]etcd ok\nhealthz check passed\n"


def test_a_failed_check_withholds_its_reason() -> None:
    healthy, text = checks("disk full").report("readyz", "", False, ())
    assert not healthy
    assert text == "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed\n"


def test_a_check_asked_alone_gives_its_reason() -> None:
    assert checks("disk full").report("readyz", "etcd", False, ()) == (
        False,
        "internal server error: disk full\n",
    )
    assert checks().report("readyz", "ping", False, ()) == (True, "ok")


def test_an_unknown_check_has_no_answer() -> None:
    assert checks().report("livez", "etcd", False, ()) == (False, None)


def test_an_excluded_check_does_not_count() -> None:
    healthy, text = checks("disk full").report("readyz", "", True, ("etcd", "nope"))
    assert healthy
    assert text is not None
    assert "[+]etcd excluded: ok" in text
    assert 'warn: some health checks cannot be excluded: no matches for "nope"' in text


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/healthz/etcd", "/readyz/etcd-readiness"])
def test_a_running_server_is_well(path: str) -> None:
    async def scenario(api: Api) -> None:
        reply = await api.get(path)
        assert (reply.status, reply.text) == (200, "ok")

    drive(scenario)


@pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz"])
def test_a_store_that_refuses_writes_fails_every_endpoint(path: str) -> None:
    async def scenario(api: Api) -> None:
        await api.app.storage.store.close()
        reply = await api.get(path)
        assert reply.status == 500
        assert "[-]etcd" in reply.text

    drive(scenario)
