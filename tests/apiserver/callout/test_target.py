"""Where a `clientConfig` leads."""

from __future__ import annotations

import pytest
from wherry.apiserver.callout.target import Target


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("", "/"),
        ("/", "/"),
        ("check", "/check"),
        ("/check/", "/check"),
        ("//mutate-apps-v1", "/mutate-apps-v1"),
        ("/a//b/./../c", "/a/c"),
        ("/a b+c", "/a%20b+c"),
    ],
)
def test_paths_are_sent_clean(path: str, sent: str) -> None:
    service = {"namespace": "ns", "name": "hook", "path": path}
    assert Target.of({"service": service}).url == f"https://hook.ns.svc:443{sent}"
    assert Target.of({"url": f"https://127.0.0.1:9443/{path}"}).url == f"https://127.0.0.1:9443{sent}"


def test_queries_are_not_sent() -> None:
    assert Target.of({"url": "https://h:1/a%2Fb?c=d#e"}).url == "https://h:1/a/b"
