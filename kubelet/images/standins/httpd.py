"""`httpd`: its one-line page, and the files below /usr/local/apache2/htdocs when the pod mounts some
there."""

from __future__ import annotations

from . import files

_PAGE = "<html><body><h1>It works!</h1></body></html>\n"


def main(argv: list[str]) -> int:
    return files.serve("/usr/local/apache2/htdocs", _PAGE, [80], "Apache/2.4.66 (Unix)")
