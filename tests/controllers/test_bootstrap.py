"""Bootstrap tokens sign the public information about the cluster, until they expire and are deleted."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import orjson
import pytest
from jwt.warnings import InsecureKeyLengthWarning
from wherry.apimachinery.clock import rfc3339
from wherry.client.resources import CONFIGMAPS, SECRETS
from wherry.controllers import bootstrap

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID, SECRET = "abcdef", "0123456789abcdef"
SIGNED = f"jws-kubeconfig-{ID}"
NAME = f"bootstrap-token-{ID}"


async def make_token(api: Cluster, **more: str) -> None:
    data = {"token-id": ID, "token-secret": SECRET, "usage-bootstrap-signing": "true", **more}
    meta = {"name": NAME, "namespace": "kube-system"}
    body = {"kind": "Secret", "metadata": meta, "type": bootstrap.TYPE, "stringData": data}
    await api.client.create(SECRETS, body)


@pytest.mark.parametrize(
    ("text", "left"), [("", None), (rfc3339(NOW + timedelta(seconds=30)), 30.0), ("tomorrow", 0.0)]
)
def test_when_a_token_expires(text: str, left: float | None) -> None:
    assert bootstrap.seconds_left({"expiration": text}, NOW) == left


def test_a_signature_is_checked_with_the_token() -> None:
    header, middle, end = bootstrap.signature("text", ID, SECRET).split(".")
    assert middle == ""
    assert orjson.loads(urlsafe_b64decode(header + "==")) == {"alg": "HS256", "kid": ID}
    payload = urlsafe_b64encode(b"text").decode().rstrip("=")
    with pytest.warns(InsecureKeyLengthWarning):
        assert jwt.api_jws.decode(f"{header}.{payload}.{end}", f"{ID}.{SECRET}", ["HS256"]) == b"text"


def test_the_public_information_is_signed_by_every_live_token(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "bootstrap-signer-controller") as api:
            await make_token(api)
            found = await api.until(CONFIGMAPS, "cluster-info", lambda m: SIGNED in m["data"], "kube-public")
            assert found["data"][SIGNED] == bootstrap.signature(found["data"]["kubeconfig"], ID, SECRET)
            await api.client.delete(SECRETS, NAME, "kube-system")
            await api.until(CONFIGMAPS, "cluster-info", lambda m: SIGNED not in m["data"], "kube-public")

    run(scenario())


def test_an_expired_token_is_deleted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, "token-cleaner-controller", scale=100.0) as api:
            await make_token(api, expiration="2020-01-01T00:00:00Z")
            await api.until(SECRETS, NAME, lambda found: not found, "kube-system")

    run(scenario())
