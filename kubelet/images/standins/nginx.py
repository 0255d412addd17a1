"""`nginx`: a welcome page, and the files below /usr/share/nginx/html when the pod mounts some there."""

from __future__ import annotations

import os

from . import files

_PAGE = """<!DOCTYPE html>
<html>
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>This is Wherry's stand-in for the nginx image. It listens where nginx would and serves the same folder.</p>
</body>
</html>
"""


def main(argv: list[str]) -> int:
    unprivileged = "nginx-unprivileged" in os.environ.get("WHERRY_IMAGE", "")
    return files.serve("/usr/share/nginx/html", _PAGE, [8080 if unprivileged else 80], "nginx/1.29.3")
