"""What the well-known types of Secrets must hold."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ....apimachinery import field
from ....apimachinery.serializer import json_strict
from ..strategy import Object
from ..validation.common import Errors

ACCOUNT_NAME = "kubernetes.io/service-account.name"
REDACTED = "<secret contents redacted>"

Data = dict[str, str]


def validate_type(secret: Object, data: Data) -> Errors:
    check = TYPES.get(secret.get("type", ""))
    return check(secret, data) if check else []


def _account_token(secret: Object, data: Data) -> Errors:
    if (secret["metadata"].get("annotations") or {}).get(ACCOUNT_NAME):
        return []
    return [field.required(f"metadata.annotations[{ACCOUNT_NAME}]")]


def _json(key: str) -> Callable[[Object, Data], Errors]:
    def check(secret: Object, data: Data) -> Errors:
        if key not in data:
            return [field.required(f"data[{key}]")]
        problem = _json_problem(b64decode(data[key]))
        return [field.invalid(f"data[{key}]", REDACTED, problem)] if problem else []

    return check


def _json_problem(data: bytes) -> str:
    """Go's words for bytes that are no JSON object."""
    try:
        json_strict.require_object(json_strict.loads(data)[0])
    except ValueError as error:
        return str(error)
    return ""


def _basic_auth(secret: Object, data: Data) -> Errors:
    if "username" in data or "password" in data:
        return []
    return [field.required("data[username]"), field.required("data[password]")]


def _ssh_auth(secret: Object, data: Data) -> Errors:
    return [] if data.get("ssh-privatekey") else [field.required("data[ssh-privatekey]")]


def _tls(secret: Object, data: Data) -> Errors:
    return [field.required(f"data[{key}]") for key in ("tls.crt", "tls.key") if key not in data]


TYPES: dict[str, Callable[[Object, Data], Errors]] = {
    "kubernetes.io/service-account-token": _account_token,
    "kubernetes.io/dockercfg": _json(".dockercfg"),
    "kubernetes.io/dockerconfigjson": _json(".dockerconfigjson"),
    "kubernetes.io/basic-auth": _basic_auth,
    "kubernetes.io/ssh-auth": _ssh_auth,
    "kubernetes.io/tls": _tls,
}


def tls_warnings(data: Data) -> list[str]:
    """A warning when certificate and key would not load as a pair; Go's words for the usual reasons."""
    certificate, key = b64decode(data.get("tls.crt", "")), b64decode(data.get("tls.key", ""))
    if b"-----BEGIN" not in certificate:
        return ["tls: failed to find any PEM data in certificate input"]
    if b"-----BEGIN" not in key:
        return ["tls: failed to find any PEM data in key input"]
    try:
        public = x509.load_pem_x509_certificate(certificate).public_key()
        private = load_pem_private_key(key, None).public_key()
    except (ValueError, TypeError) as error:
        return [f"tls: failed to parse private key: {error}"]
    return [] if public == private else ["tls: private key does not match public key"]
