"""WebSockets to what answers in HTTP: watches as messages, everything else as the handshake's refusal."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from wherry.apimachinery.protobuf import watch_frame
from wherry.apiserver.endpoints.exchange import Request
from wherry.apiserver.endpoints.requestinfo import RequestInfo
from wherry.apiserver.endpoints.sockets import adapt

from tests.support import run

from ..harness import CONFIG_MAPS, PODS, Api, config_map, drive, websocket


def test_a_refusal_is_an_http_answer() -> None:
    async def scenario(api: Api) -> None:
        told = await websocket(api, f"{PODS}/nobody/exec?command=ls", [], "v5.channel.k8s.io")
        assert [message["type"] for message in told] == [
            "websocket.http.response.start",
            "websocket.http.response.body",
        ]
        assert told[0]["status"] == 404
        assert orjson.loads(told[1]["body"])["message"] == 'pods "nobody" not found'

    drive(scenario)


def test_a_plain_answer_is_given_as_one() -> None:
    async def scenario(api: Api) -> None:
        told = await websocket(api, PODS, [], "")
        assert told[0]["status"] == 200 and orjson.loads(told[1]["body"])["kind"] == "PodList"

    drive(scenario)


def test_a_watch_sends_a_message_for_each_event() -> None:
    async def scenario(api: Api) -> None:
        await api.create(CONFIG_MAPS, config_map("a"))
        await api.create(CONFIG_MAPS, config_map("b"))
        told = await websocket(api, f"{CONFIG_MAPS}?watch=1&timeoutSeconds=1", [], "one")
        assert told[0] == {"type": "websocket.accept", "subprotocol": "one"}
        events = [orjson.loads(message["text"]) for message in told[1:-1]]
        assert [(e["type"], e["object"]["metadata"]["name"]) for e in events] == [
            ("ADDED", "a"),
            ("ADDED", "b"),
        ]
        assert told[-1] == {"type": "websocket.close", "code": 1000}

    drive(scenario)


def test_protobuf_events_lose_their_lengths() -> None:
    sent: list[dict[str, Any]] = []

    async def take(message: dict[str, Any]) -> None:
        sent.append(message)

    async def leaves() -> dict[str, Any]:
        return {"type": "websocket.disconnect"}

    async def scenario() -> None:
        scope = {"type": "websocket", "path": "/", "query_string": b"", "headers": [], "subprotocols": []}
        request = Request(scope, leaves, take)
        request.info = RequestInfo("watch", resource="pods")
        adapt(request)
        headers = [(b"content-type", b"application/vnd.kubernetes.protobuf;stream=watch")]
        await request.send({"type": "http.response.start", "status": 200, "headers": headers})
        frames = [watch_frame("ADDED", b"one"), watch_frame("DELETED", b"two!")]
        await request.send({"type": "http.response.body", "body": b"".join(frames), "more_body": True})
        assert [message.get("bytes") for message in sent[1:]] == [frame[4:] for frame in frames]
        assert await request.receive() == {"type": "http.disconnect"}

    run(asyncio.wait_for(scenario(), 5))
