"""Which names there are in a cluster, by the specification of Kubernetes' DNS 1.1.0."""

from __future__ import annotations

import pytest
from wherry.proxy.dns.zone import EMPTY, MISSING, Found, Record

from tests.proxy.names import DNS, ENDS, WEB, end, ends, service, zone


def data(name: str, kind: str) -> list[object]:
    found = zone().find(name, kind)
    assert found is not None and found.exists
    return [record.data for record in found.answers]


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        (WEB, "A", ["127.48.1.1"]),
        (WEB, "AAAA", ["fd00::1"]),
        (WEB, "TXT", []),
        (f"_http._tcp.{WEB}", "SRV", [(0, 100, 80, WEB)]),
        (f"_who._udp.{WEB}", "SRV", [(0, 100, 81, WEB)]),
        (f"_http._tcp.{WEB}", "A", ["127.48.1.1"]),
        (WEB, "SRV", [(0, 50, 80, WEB), (0, 50, 81, WEB)]),
        (ENDS, "A", ["127.64.0.1", "127.64.0.2"]),
        (ENDS, "AAAA", ["fd00::2"]),
        (f"db-0.{ENDS}", "A", ["127.64.0.1"]),
        (f"127-64-0-2.{ENDS}", "A", ["127.64.0.2"]),
        ("1-2-3-4.shop.pod.cluster.local", "A", ["1.2.3.4"]),
        ("fd00--7.shop.pod.cluster.local", "AAAA", ["fd00::7"]),
        ("dns-version.cluster.local", "TXT", ["1.1.0"]),
        ("cluster.local", "NS", ["ns.dns.cluster.local"]),
        ("ns.dns.cluster.local", "A", [DNS]),
        ("1.1.48.127.in-addr.arpa", "PTR", [WEB]),
        ("1.0.64.127.in-addr.arpa", "PTR", [f"db-0.{ENDS}"]),
        ("1.0.64.127.in-addr.arpa", "A", []),
        ("inner.shop.svc.cluster.local", "CNAME", [WEB]),
        ("inner.shop.svc.cluster.local", "A", [WEB, "127.48.1.1"]),
        ("inner.shop.svc.cluster.local", "SRV", []),
    ],
)
def test_the_records_of_a_name(name: str, kind: str, expected: list[object]) -> None:
    assert data(name, kind) == expected


@pytest.mark.parametrize("name", ["svc.cluster.local", "shop.svc.cluster.local", "shop.pod.cluster.local"])
def test_what_stands_above_names_exists_and_has_nothing(name: str) -> None:
    assert zone().find(name, "A") == EMPTY


@pytest.mark.parametrize(
    "name",
    [
        "absent.shop.svc.cluster.local",
        "empty.svc.cluster.local",
        "nobody.shop.svc.cluster.local",
        f"127-64-0-3.{ENDS}",
        f"absent.{ENDS}",
        f"_absent._tcp.{WEB}",
        f"_http._udp.{WEB}",
        f"http.tcp.{WEB}",
        f"a.b.c.{WEB}",
        f"{WEB}.shop.svc.cluster.local",
        "1-2-3.shop.pod.cluster.local",
        "other.cluster.local",
        "host.inner.shop.svc.cluster.local",
        "9.9.9.127.in-addr.arpa",
    ],
)
def test_names_that_are_not_there(name: str) -> None:
    assert zone().find(name, "A") == MISSING


@pytest.mark.parametrize("name", ["example.com", "notcluster.local", "1.0.0.10.in-addr.arpa", "arpa", ""])
def test_names_of_others(name: str) -> None:
    assert zone().find(name, "A") is None


def test_a_headless_service_has_a_target_per_endpoint_and_port() -> None:
    found = zone().find(f"_http._tcp.{ENDS}", "SRV")
    names = [f"db-0.{ENDS}", f"127-64-0-2.{ENDS}", f"fd00--2.{ENDS}"]
    assert found is not None
    assert [r.data for r in found.answers] == [(0, 33, 8080, name) for name in names]
    assert [(r.name, r.data) for r in found.extra] == list(
        zip(names, ["127.64.0.1", "127.64.0.2", "fd00::2"], strict=True)
    )


def test_pods_that_share_a_host_name_are_one_target() -> None:
    both = ends(end("127.64.0.1", "db"), end("127.64.0.2", "db"))
    found = zone(service("ends", clusterIP="None"), slices=(both,)).find(f"_http._tcp.{ENDS}", "SRV")
    assert found is not None
    assert [r.data for r in found.answers] == [(0, 100, 8080, f"db.{ENDS}")]
    assert [r.data for r in found.extra] == ["127.64.0.1", "127.64.0.2"]


def test_an_alias_to_the_outside_names_what_is_to_be_resolved() -> None:
    name = "second.shop.svc.cluster.local"
    chain = (
        Record(name, "CNAME", "outer.shop.svc.cluster.local"),
        Record("outer.shop.svc.cluster.local", "CNAME", "www.Example.com"),
    )
    assert zone().find(name, "A") == Found(True, chain, elsewhere="www.Example.com")


def test_an_alias_to_itself_ends() -> None:
    found = zone().find("circle.shop.svc.cluster.local", "A")
    assert found is not None and 1 < len(found.answers) < 12
