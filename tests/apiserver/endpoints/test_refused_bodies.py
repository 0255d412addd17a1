"""Bodies of another kind or version, and owners given twice."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.apimachinery.errors import StatusError
from wherry.apiserver.endpoints import body, prepare

KNOWN = frozenset({("v1", "Secret"), ("v1", "ConfigMap"), ("apps/v1", "Deployment")})


def refusal(value: dict[str, Any], api_version: str = "v1", kind: str = "ConfigMap") -> str:
    with pytest.raises(StatusError) as found:
        body.check_kind(value, api_version, kind, KNOWN)
    return found.value.message


def test_another_kind_is_decoded_before_it_is_converted() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "data": {"a": "1"}}
    start = 'Secret in version "v1" cannot be handled as a ConfigMap: '
    assert refusal(secret) == start + "illegal base64 data at input byte 0"
    secret["data"] = {}
    assert refusal(secret) == start + "converting (v1.Secret) to (core.ConfigMap): unknown conversion"


def test_a_version_no_longer_served_is_refused_for_its_version() -> None:
    old = {"apiVersion": "extensions/v1beta1", "kind": "Deployment"}
    assert refusal(old, "apps/v1", "Deployment") == (
        "the API version in the data (extensions/v1beta1) does not match the expected API version (apps/v1)"
    )


def test_owners_given_twice_are_kept_once_and_told() -> None:
    owner, other = {"uid": "1", "name": "p"}, {"uid": "2", "name": "q"}
    meta = {"ownerReferences": [owner, other, {"name": "p", "uid": "1"}, owner]}
    (warning,) = prepare.dedup_owners(meta)
    assert meta == {"ownerReferences": [owner, other]}
    assert warning.endswith("duplicate UID(s) observed: 1")


def test_metadata_is_ordered_as_upstream_writes_it() -> None:
    meta = {"managedFields": [], "labels": {}, "uid": "u", "creationTimestamp": "t", "name": "n"}
    stored = prepare.ordered({"kind": "ConfigMap", "apiVersion": "v1", "metadata": meta})
    wanted = ["name", "uid", "resourceVersion", "creationTimestamp", "labels", "managedFields"]
    assert list(stored["metadata"]) == wanted
