"""Where nginx listens."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.images.standins import files, nginx


@pytest.mark.parametrize(
    ("image", "port"), [("nginx:1.29", 80), ("nginxinc/nginx-unprivileged:1.27", 8080), ("", 80)]
)
def test_the_image_says_which_port(image: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def serve(root: Any, page: Any, ports: Any, server: Any) -> int:
        asked.append(ports)
        return 0

    monkeypatch.setenv("WHERRY_IMAGE", image)
    monkeypatch.setattr(files, "serve", serve)
    assert nginx.main(["nginx"]) == 0
    assert asked == [[port]]
