"""Reading a kubeconfig."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.client.config import ClientConfig
from wherry.client.errors import ConfigError

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: main
contexts:
- name: main
  context: {cluster: c, user: u}
clusters:
- name: c
  cluster: {server: "https://127.0.0.1:6443/", certificate-authority-data: Q0E=}
users:
- name: u
  user: {token: abc, client-certificate: pki/u.crt, client-key: /k.key}
"""


def write(path: Path, text: str) -> Path:
    file = path / "config"
    file.write_text(text)
    return file


def test_the_current_context_is_read(tmp_path: Path) -> None:
    config = ClientConfig.from_kubeconfig(write(tmp_path, KUBECONFIG), "me")
    assert config.server == "https://127.0.0.1:6443"
    assert (config.ca_data, config.token, config.user_agent) == (b"CA", "abc", "me")
    assert config.cert_file == str(tmp_path / "pki/u.crt")
    assert config.key_file == "/k.key"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[", "not YAML"),
        ("a", "not a kubeconfig"),
        (KUBECONFIG.replace("current-context: main", "current-context: other"), "no context named 'other'"),
        (KUBECONFIG.replace("Q0E=", "'%'"), "certificate-authority-data is not base64"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        ClientConfig.from_kubeconfig(write(tmp_path, text), "me")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        ClientConfig.from_kubeconfig(tmp_path / "absent", "me")
