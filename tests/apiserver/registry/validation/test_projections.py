"""Projected volumes: several sources in one directory."""

from __future__ import annotations

from typing import Any

import pytest

from ..pods import pod_problems

PROJECTED: dict[str, tuple[Any, list[str]]] = {
    "a token, a map and the namespace": (
        [
            {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
            {"configMap": {"name": "ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
            {
                "downwardAPI": {
                    "items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]
                }
            },
        ],
        [],
    ),
    "two sources in one": (
        [{"secret": {"name": "a"}, "configMap": {"name": "b"}}],
        [
            (
                "spec.volumes[0].projected.sources[0]: Forbidden: may not specify more "
                "than 1 volume type per source"
            )
        ],
    ),
    "no name": ([{"secret": {}}], ["spec.volumes[0].projected.sources[0].secret.name: Required value"]),
    "a path twice": (
        [
            {"secret": {"name": "a", "items": [{"key": "k", "path": "p"}]}},
            {"configMap": {"name": "b", "items": [{"key": "k", "path": "p"}]}},
        ],
        ['spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths'],
    ),
    "a token for less than ten minutes": (
        [{"serviceAccountToken": {"path": "t", "expirationSeconds": 599}}],
        [
            (
                "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSec"
                "onds: Invalid value: 599: may not specify a duration less than 10 "
                "minutes"
            )
        ],
    ),
    "a token for too long": (
        [{"serviceAccountToken": {"path": "t", "expirationSeconds": 4294967297}}],
        [
            (
                "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSec"
                "onds: Invalid value: 4294967297: may not specify a duration larger than "
                "2^32 seconds"
            )
        ],
    ),
    "a token without path": (
        [{"serviceAccountToken": {"path": ""}}],
        ["spec.volumes[0].projected.path: Required value"],
    ),
    "a bundle without name and signer": (
        [{"clusterTrustBundle": {"path": "a"}}],
        [
            (
                "spec.volumes[0].projected.sources[0].clusterTrustBundle: Required "
                "value: either name or signerName must be specified"
            )
        ],
    ),
    "a bundle with name and selector": (
        [{"clusterTrustBundle": {"path": "a", "name": "b", "labelSelector": {}}}],
        [
            (
                "spec.volumes[0].projected.sources[0].clusterTrustBundle.labelSelector: "
                "Invalid value: {}: labelSelector must be unset if name is specified"
            )
        ],
    ),
    "a bundle of a signer without path": (
        [{"clusterTrustBundle": {"path": "", "signerName": "test.io/s"}}],
        ["spec.volumes[0].projected.sources[0].clusterTrustBundle.path: Required value"],
    ),
}


@pytest.mark.parametrize(("given", "problems"), PROJECTED.values(), ids=PROJECTED)
def test_projected(given: Any, problems: list[str]) -> None:
    assert (
        pod_problems(
            {"serviceAccountName": "sa", "volumes": [{"name": "v", "projected": {"sources": given}}]}
        )
        == problems
    )


A_TOKEN_NEEDS_A_SERVICE_ACCOUNT: dict[str, tuple[Any, list[str]]] = {
    "token": (
        [{"serviceAccountToken": {"path": "token"}}],
        [
            (
                "spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: "
                "must not be specified when serviceAccountName is not set"
            )
        ],
    ),
}


@pytest.mark.parametrize(
    ("given", "problems"), A_TOKEN_NEEDS_A_SERVICE_ACCOUNT.values(), ids=A_TOKEN_NEEDS_A_SERVICE_ACCOUNT
)
def test_a_token_needs_a_service_account(given: Any, problems: list[str]) -> None:
    assert pod_problems({"volumes": [{"name": "v", "projected": {"sources": given}}]}) == problems
