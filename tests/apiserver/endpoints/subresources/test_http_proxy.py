"""Proxies to pods, services and nodes: names with scheme and port, and what is handed on."""

from __future__ import annotations

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.endpoints.subresources.http_proxy import Named, parse_name

from ...harness import DEFAULT, PODS, Api, drive, pod, websocket
from .kubelet import listening, node_with_pod, stranger


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("web", Named("http", "web", "")),
        ("web:80", Named("http", "web", "80")),
        ("https:web", Named("https", "web", "")),
        ("https:web:443", Named("https", "web", "443")),
        (":web:http", Named("http", "web", "http")),
    ],
)
def test_names_carry_scheme_and_port(text: str, named: Named) -> None:
    assert parse_name(text, "pod") == named


@pytest.mark.parametrize("text", ["a:b:c:d", "ftp:web:21"])
def test_names_that_are_none(text: str) -> None:
    with pytest.raises(StatusError, match="invalid pod request"):
        parse_name(text, "pod")


async def served(api: Api) -> None:
    await api.create(PODS, pod())
    await api.patch(f"{PODS}/a/status", {"status": {"podIP": "127.0.0.1", "phase": "Running"}})


def test_a_pod_is_reached_with_path_query_and_body() -> None:
    async def scenario(api: Api) -> None:
        await served(api)
        async with listening(tls=False) as port:
            reply = await api.ask("POST", f"{PODS}/a:{port}/proxy/deep/path?x=1", b"hello")
        assert (reply.status, reply.text) == (418, "POST /deep/path?x=1 hello")
        assert reply.header("x-from") == "kubelet"

    drive(scenario)


def test_a_websocket_reaches_the_pod() -> None:
    async def scenario(api: Api) -> None:
        await served(api)
        async with listening(tls=False) as port:
            path = f"{PODS}/a:{port}/proxy/chat?room=1"
            told = await websocket(api, path, [b"one", b"end"], "v5.channel.k8s.io")
        assert told[0] == {"type": "websocket.accept", "subprotocol": "v5.channel.k8s.io"}
        assert [message["bytes"] for message in told[1:-1]] == [b"/chat?room=1", b"one"]

    drive(scenario)


def test_a_service_is_reached_through_its_endpoints() -> None:
    async def scenario(api: Api) -> None:
        ports = [{"name": "web", "port": 80}, {"name": "other", "port": 81}]
        await api.create(f"{DEFAULT}/services", {"metadata": {"name": "s"}, "spec": {"ports": ports}})
        async with listening(tls=False, address="127.64.0.1") as port:
            subset = {"addresses": [{"ip": "127.64.0.1"}], "ports": [{"name": "web", "port": port}]}
            await api.create(f"{DEFAULT}/endpoints", {"metadata": {"name": "s"}, "subsets": [subset]})
            for name in ("s:web", "s:80"):
                reply = await api.get(f"{DEFAULT}/services/{name}/proxy/x/")
                assert (reply.status, reply.text) == (418, "GET /x/")

    drive(scenario)


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("pods/nope/proxy", 404, 'pods "nope" not found'),
        ("pods/a/proxy", 400, "address not allowed"),
        ("services/nope/proxy", 404, 'services "nope" not found'),
        ("pods/a:b:c:d/proxy", 400, 'invalid pod request "a:b:c:d"'),
        ("services/t/proxy", 404, 'services "t" not found'),
        ("services/s/proxy", 503, 'no endpoints available for service "s"'),
        ("services/s:nope/proxy", 503, 'no endpoints available for service "s"'),
        ("services/s:9/proxy", 503, 'no service port 9 found for service "s"'),
    ],
)
def test_what_cannot_be_reached(path: str, status: int, why: str) -> None:
    async def scenario(api: Api) -> None:
        await api.create(PODS, pod())
        ports = [{"port": 80}]
        for name in "st":
            await api.create(f"{DEFAULT}/services", {"metadata": {"name": name}, "spec": {"ports": ports}})
        await api.create(f"{DEFAULT}/endpoints", {"metadata": {"name": "s"}})
        reply = await api.get(f"{DEFAULT}/{path}")
        assert reply.status == status
        assert why in reply.message

    drive(scenario)


def test_nobody_listens() -> None:
    async def scenario(api: Api) -> None:
        await served(api)
        async with listening(tls=False) as port:
            pass
        reply = await api.get(f"{PODS}/a:{port}/proxy/")
        assert (reply.status, "error trying to reach service" in reply.message) == (503, True)

    drive(scenario)


def test_a_node_is_its_kubelet() -> None:
    async def scenario(api: Api) -> None:
        async with node_with_pod(api):
            reply = await api.get("/api/v1/nodes/n1/proxy/stats/summary")
            assert (reply.status, reply.text) == (418, "GET /stats/summary")
        assert (await api.get("/api/v1/nodes/nope/proxy/")).status == 404

    drive(scenario)


def test_no_path_at_all_is_sent_to_a_slash() -> None:
    async def scenario(api: Api) -> None:
        await served(api)
        for method in ("GET", "HEAD"):
            reply = await api.ask(method, f"{PODS}/a:80/proxy?method=GET")
            assert (reply.status, reply.header("location")) == (301, f"{PODS}/a:80/proxy/?method=GET")
        async with listening(tls=False) as port:
            assert (await api.ask("POST", f"{PODS}/a:{port}/proxy?x=1")).status == 418

    drive(scenario)


def test_a_pod_may_have_any_certificate() -> None:
    async def scenario(api: Api) -> None:
        await served(api)
        async with listening(certificate=stranger()) as port:
            reply = await api.get(f"{PODS}/https:a:{port}/proxy/x")
        assert (reply.status, reply.text) == (418, "GET /x")

    drive(scenario)


def test_pages_lead_through_the_proxy() -> None:
    async def scenario(api: Api) -> None:
        await served(api)
        async with listening(tls=False, page='<a href="/next">x</a>') as port:
            reply = await api.get(f"{PODS}/a:{port}/proxy/deep/")
        assert reply.text == f'<a href="{PODS}/a:{port}/proxy/next">x</a>'
        assert reply.header("location") == f"{PODS}/a:{port}/proxy/next"
        assert not reply.header("access-control-allow-origin")

    drive(scenario)
