"""OpenID discovery of the service-account issuer: two documents that never change while the server runs."""

from __future__ import annotations

import orjson

from .account_tokens import AccountTokens

CONFIGURATION_PATH = "/.well-known/openid-configuration"
KEYS_PATH = "/openid/v1/jwks"


def documents(tokens: AccountTokens, external_url: str) -> dict[str, tuple[str, bytes]]:
    """Path → (content type, body). `external_url` is `https://HOST:PORT` of this server as pods
    reach it: they check each other's tokens by what stands here."""
    key = tokens.keys.jwk()
    configuration = {
        "issuer": tokens.issuer,
        "jwks_uri": f"{external_url}{KEYS_PATH}",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [key["alg"]],
    }
    return {
        CONFIGURATION_PATH: ("application/json", orjson.dumps(configuration)),
        KEYS_PATH: ("application/jwk-set+json", orjson.dumps({"keys": [key]})),
    }
