"""Exit code 0 when a component's health URL answers 200: for the health checks, in an image without curl."""

import ssl
import sys
import urllib.error
import urllib.request

SECONDS = 3


def main(url: str, authority: str | None = None) -> int:
    """`authority` is the file of the CA that signed the server's certificate."""
    context = ssl.create_default_context(cafile=authority) if authority else None
    try:
        with urllib.request.urlopen(url, timeout=SECONDS, context=context) as answer:
            print(answer.read().decode())
    except OSError as error:
        print(f"{url}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
