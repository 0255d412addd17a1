"""agnhost's `test-service-account-issuer-discovery`: a pod checks its own token against what the issuer of
tokens publishes about itself."""

from __future__ import annotations

import json
import os
import ssl
import sys
import urllib.request
from pathlib import Path
from typing import Any

import jwt

from .echo import parse

MOUNT = "var/run/secrets/kubernetes.io/serviceaccount"
SECONDS = 30.0


def main(arguments: list[str]) -> int:
    """`--token-path FILE --audience NAME`. 0 when the token is one of the issuer's, for that audience."""
    options = parse(arguments)
    root = Path(os.environ.get("WHERRY_ROOT", "/"))
    token = (root / options["token-path"].lstrip("/")).read_text().strip()
    try:
        claims = verified(token, options["audience"], Server(root / MOUNT))
    except (OSError, ValueError, LookupError) as error:
        sys.stderr.write(f"failed to verify the token: {error}\n")
        return 1
    sys.stdout.write(f"OK: Validated signature and claims of {claims['sub']} by {claims['iss']}\n")
    return 0


class Server:
    """The API server as a pod reaches it, with the files of its service account."""

    def __init__(self, mount: Path) -> None:
        self._context = ssl.create_default_context(cafile=str(mount / "ca.crt"))
        self._token = (mount / "token").read_text().strip()
        host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
        self.url = f"https://{host}:{port}"

    def get(self, url: str) -> Any:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._token}"})
        with urllib.request.urlopen(request, timeout=SECONDS, context=self._context) as answer:
            return json.load(answer)


def verified(token: str, audience: str, server: Server) -> dict[str, Any]:
    """The token's claims. ValueError when the issuer is another one, or did not sign it."""
    published = server.get(f"{server.url}/.well-known/openid-configuration")
    unverified = jwt.decode(token, options={"verify_signature": False})
    if unverified["iss"] != published["issuer"]:
        raise ValueError(f"the token is from {unverified['iss']}, the issuer is {published['issuer']}")
    keys = jwt.PyJWKSet.from_dict(server.get(published["jwks_uri"]))
    key = keys[jwt.get_unverified_header(token)["kid"]]
    algorithms = published["id_token_signing_alg_values_supported"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=algorithms, audience=audience, issuer=published["issuer"]
        )
    except jwt.PyJWTError as error:
        raise ValueError(str(error)) from None
    return claims
