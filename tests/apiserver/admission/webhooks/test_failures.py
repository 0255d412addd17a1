"""Hooks that cannot be asked, hang or lie: failurePolicy decides, and nothing waits for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from wherry.apiserver.callout import client
from wherry.apiserver.endpoints import handler

from ...callout.backend import bundle, listening, serving
from ...harness import CONFIG_MAPS, Api, config_map, drive
from .hooks import Decide, Hooks, configure, serving_hooks

Object = dict[str, Any]
START = 'Internal error occurred: failed calling webhook "bad.example.com": '


async def refused(api: Api) -> str:
    """The 500's message, without its beginning."""
    reply = await api.ask("POST", CONFIG_MAPS, config_map())
    assert reply.status == 500, reply.text
    assert reply.json["reason"] == "InternalError"
    assert reply.message.startswith(START), reply.message
    assert reply.json["details"]["causes"][0]["message"] == reply.message.removeprefix(
        "Internal error occurred: "
    )
    return reply.message.removeprefix(START)


def raw(text: bytes, code: int = 200) -> Decide:
    return lambda asked: {"raw": text, "code": code}


LIES: list[tuple[Decide, str]] = [
    (
        lambda asked: {"allowed": True, "uid": "x"},
        'received invalid webhook response: expected response.uid="',
    ),
    (raw(b'{"kind": "AdmissionReview"}'), "received invalid webhook response: webhook response was absent"),
    (
        lambda asked: {"allowed": True, "patch": "W10="},
        "received invalid webhook response: validating webhook may not return response.patch",
    ),
    (
        lambda asked: {"allowed": True, "patchType": "JSONPatch"},
        "received invalid webhook response: validating webhook may not return response.patchType",
    ),
    (
        lambda asked: {"allowed": "yes"},
        "failed to call webhook: json: cannot unmarshal string into Go struct field "
        "AdmissionResponse.response.allowed of type bool",
    ),
    (
        lambda asked: {"allowed": False, "status": {"code": "404"}},
        "failed to call webhook: json: cannot unmarshal string into Go struct field "
        "Status.response.status.code of type int32",
    ),
    (
        lambda asked: {"allowed": False, "status": {"details": {"causes": "x"}}},
        "failed to call webhook: json: cannot unmarshal string into Go struct field "
        "StatusDetails.response.status.details.causes of type []v1.StatusCause",
    ),
    (
        lambda asked: {"allowed": True, "auditAnnotations": {"a": 1}},
        "failed to call webhook: json: cannot unmarshal number into Go struct field "
        "AdmissionResponse.response.auditAnnotations of type string",
    ),
    (
        lambda asked: {"allowed": True, "patch": "W1\n0=!"},
        "failed to call webhook: illegal base64 data at input byte 5",
    ),
    (
        raw(b'{"apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview"}'),
        "failed to call webhook: converting (v1beta1.AdmissionReview) to (v1.AdmissionReview): unknown "
        "conversion",
    ),
    (
        raw(b""),
        "failed to call webhook: 0-length response with status code: 200 and content type: text/plain",
    ),
    (
        raw(b"[]"),
        "failed to call webhook: couldn't get version/kind; json parse error: json: cannot unmarshal array "
        "into Go value of type struct {",
    ),
    (raw(b"what?"), "failed to call webhook: couldn't get version/kind; json parse error: "),
    (
        raw(b"broken\n", 500),
        'failed to call webhook: an error on the server ("broken") has prevented the request from succeeding',
    ),
    (raw(b"", 404), "failed to call webhook: the server could not find the requested resource"),
    (
        raw(b'{"kind":"Status","status":"Failure","message":"said so","code":503}', 503),
        "failed to call webhook: said so",
    ),
    (raw(b"x" * (client.ANSWER_LIMIT + 1)), "failed to call webhook: the answer is longer than "),
]


@pytest.mark.parametrize(("decision", "message"), LIES)
def test_an_answer_that_is_none_fails_the_request(decision: Decide, message: str) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = decision
            await configure(api, "validating", hooks.hook("bad"))
            assert (await refused(api)).startswith(message)

    drive(scenario)


def test_an_answer_of_another_kind_is_no_answer() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = lambda asked: {
                "raw": b'{"kind":"Foo","apiVersion":"v1","response":{"uid":"%s"}}' % asked["uid"].encode()
            }
            await configure(api, "validating", hooks.hook("bad"))
            assert (await refused(api)).endswith(
                'no kind "Foo" is registered for version "v1" in scheme '
                '"k8s.io/apiserver/pkg/util/webhook/client.go:71"'
            )

    drive(scenario)


def test_an_answer_may_be_yaml() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = lambda asked: {
                "raw": b"kind: AdmissionReview\napiVersion: admission.k8s.io/v1\n"
                b"response: {uid: %s, allowed: true}" % asked["uid"].encode()
            }
            await configure(api, "validating", hooks.hook("bad"))
            await api.create(CONFIG_MAPS, config_map())

    drive(scenario)


def test_a_hook_that_names_a_time_is_asked_again() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            busy = [{"raw": b"", "code": 503, "headers": {"Retry-After": "0"}}]
            hooks.decisions["bad"] = lambda asked: busy.pop() if busy else {"allowed": True}
            await configure(api, "validating", hooks.hook("bad"))
            await api.create(CONFIG_MAPS, config_map())
            assert len(hooks.asked) == 2

    drive(scenario)


def test_a_code_beyond_http_is_a_failure_all_the_same() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = lambda asked: {"allowed": False, "status": {"code": 999}}
            await configure(api, "validating", hooks.hook("bad"))
            assert (await api.ask("POST", CONFIG_MAPS, config_map())).status == 599

    drive(scenario)


def test_a_hook_that_fails_open_is_passed_by() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hooks.decisions["bad"] = raw(b"broken", 500)
            for mode in ("mutating", "validating"):
                await configure(api, mode, hooks.hook("bad", failurePolicy="Ignore"))
            await api.create(CONFIG_MAPS, config_map())
            assert len(hooks.asked) == 2

    drive(scenario)


def url(hooks: Hooks, **client_config: str) -> Object:
    config = {"url": f"https://127.0.0.1:{hooks.port}/bad", "caBundle": bundle(), **client_config}
    return hooks.hook("bad", clientConfig=config)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"url": "https://127.0.0.1:1/bad"}, "dial tcp 127.0.0.1:1: connect: connection refused"),
        (
            {"caBundle": bundle("strangers")},
            "tls: failed to verify certificate: x509: certificate signed by unknown authority",
        ),
    ],
)
def test_what_keeps_a_hook_from_being_reached_is_told(config: dict[str, str], why: str) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hook = url(hooks, **config)
            await configure(api, "validating", hook)
            shown = hook["clientConfig"]["url"]
            assert await refused(api) == f'failed to call webhook: Post "{shown}?timeout=10s": {why}'

    drive(scenario)


def test_a_certificate_for_another_name_is_not_trusted() -> None:
    async def scenario(api: Api) -> None:
        hooks = Hooks()
        async with listening(hooks.answer, tls=serving(("other.example",))) as port:
            hooks.port = port
            await configure(api, "validating", url(hooks))
            assert (await refused(api)).endswith(
                ": tls: failed to verify certificate: x509: cannot validate certificate for 127.0.0.1 "
                "because it doesn't contain any IP SANs"
            )
            assert hooks.asked == []

    drive(scenario)


def test_a_bundle_without_certificates_is_told_when_it_is_needed() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", url(hooks, caBundle="Z2FyYmFnZQ=="))
            assert await refused(api) == (
                "could not get REST client: unable to load root certificates: unable to parse bytes as PEM "
                "block"
            )

    drive(scenario)


def test_a_hook_that_hangs_is_given_up_after_its_timeout() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            hook = hooks.hook("slow", timeoutSeconds=1, name="bad.example.com")
            await configure(api, "validating", hook)
            shown = hook["clientConfig"]["url"]
            assert await refused(api) == (
                f'failed to call webhook: Post "{shown}?timeout=1s": context deadline exceeded'
            )
            assert hooks.queries == ["timeout=1s"]

    drive(scenario)


def test_all_hooks_of_a_request_share_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "WRITE_SECONDS", 0.3)

    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            slow = hooks.hook("slow", failurePolicy="Ignore")
            await configure(api, "mutating", slow, hooks.hook("next"))
            reply = await api.ask("POST", CONFIG_MAPS, config_map())
            assert reply.status == 504, reply.text
            assert hooks.paths == ["slow"]

    drive(scenario)


def test_a_request_that_goes_away_takes_its_calls_along() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", hooks.hook("slow"), hooks.hook("quick"))
            asking = asyncio.create_task(api.ask("POST", CONFIG_MAPS, config_map()), name="asking")
            await hooks.seen(2)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert (await api.get(f"{CONFIG_MAPS}/a")).status == 404

    drive(scenario)


def test_a_hook_that_hangs_holds_up_nobody_else() -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", hooks.hook("slow"))
            count = client.PER_HOST + 10
            waiting = [
                asyncio.create_task(api.ask("POST", CONFIG_MAPS, config_map(f"c{i}")), name=f"c{i}")
                for i in range(count)
            ]
            await hooks.seen(client.PER_HOST)
            await api.create(CONFIG_MAPS.replace("configmaps", "secrets"), {"metadata": {"name": "s"}})
            assert len(hooks.asked) == client.PER_HOST
            hooks.hold.set()
            replies = await asyncio.gather(*waiting)
            assert {reply.status for reply in replies} == {201}

    drive(scenario)


@pytest.mark.parametrize(("effects", "status"), [("None", 201), ("NoneOnDryRun", 201)])
def test_hooks_without_side_effects_are_asked_about_dry_runs(effects: str, status: int) -> None:
    async def scenario(api: Api) -> None:
        async with serving_hooks() as hooks:
            await configure(api, "validating", hooks.hook("look", sideEffects=effects))
            reply = await api.ask("POST", f"{CONFIG_MAPS}?dryRun=All", config_map())
            assert reply.status == status
            assert hooks.request()["dryRun"] is True
            assert hooks.request()["options"]["dryRun"] == ["All"]

    drive(scenario)
