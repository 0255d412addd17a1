"""`wherry kube-apiserver` and `wherry etcd`: upstream's flags, and what envtest does with them."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import HTTPSHandler, ProxyHandler, build_opener

import pytest
from wherry.apiserver.pki.authority import Authority, Leaf, key_pem, new_key
from wherry.apiserver.settings import Settings

from tests.e2e.local import free_port
from wherry.access import goflags
from wherry.commands import etcd, kube_apiserver
from wherry.commands.envtest import write
from wherry.errors import CliError


def test_flags_are_read_as_go_programs_do() -> None:
    found = goflags.parse(["--a=1", "--b", "2", "--on", "--a=3", "-v=4"], ("a", "b", "on", "v"), ("on",))
    assert found == {"a": "1,3", "b": "2", "on": "true", "v": "4"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--colour=red"], "unknown flag: --colour"),
        (["--secure-port"], "flag needs an argument: --secure-port"),
        (["serve"], "unknown command 'serve'"),
        (["--secure-port=many"], 'invalid argument "many" for "--secure-port" flag'),
        (["--authorization-mode=RBAC,ABAC"], "'ABAC' is not a valid mode here"),
        (["--client-ca-file=/nowhere"], "--client-ca-file: open /nowhere: no such file or directory"),
        (["--enable-admission-plugins=Colour"], "enable-admission-plugins plugin 'Colour' is unknown"),
        (["--tls-cert-file=/nowhere"], "/nowhere is no file"),
    ],
)
def test_wrong_flags_are_named(words: list[str], says: str) -> None:
    with pytest.raises(CliError, match=says):
        kube_apiserver.values(words)


def test_every_flag_is_a_setting() -> None:
    assert {setting for setting, _ in kube_apiserver.FLAGS.values()} <= set(Settings.model_fields)


def test_settings_come_from_flags(tmp_path: Path) -> None:
    flags = ["--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24", "--request-timeout=1m30s"]
    found = kube_apiserver.values([*flags, "--bind-address", "127.0.0.1", f"--cert-dir={tmp_path}"])
    assert found["authorization_mode"] == ["RBAC"]
    assert (found["service_cidr"], found["request_timeout"]) == ("10.0.0.0/24", 90)
    assert (found["bind"], found["advertise"]) == ("127.0.0.1", "127.0.0.1")
    assert found["data_dir"] == tmp_path / "wherry"
    assert "serving_certificate" not in found, "one is made when there is none in the folder"


def certificates(folder: Path) -> None:
    """What envtest writes, and a user's pair."""
    now = datetime.now(UTC)
    serving, clients = Authority.create("serving", now), Authority.create("clients", now)
    server = serving.issue(Leaf("x", (), ("localhost", "127.0.0.1"), server=True, client=False), now)
    user = clients.issue(Leaf("admin", ("system:masters",)), now)
    for name, text in {
        "apiserver.crt": server.certificate,
        "apiserver.key": server.key,
        "ca.crt": serving.pair.certificate,
        "client-ca.crt": clients.pair.certificate,
        "sa.key": key_pem(new_key()),
        "user.pem": user.certificate + user.key,
    }.items():
        (folder / name).write_bytes(text)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An API server with the flags that envtest gives; its URL and the folder of its certificates."""
    certificates(tmp_path)
    port = free_port()
    assets = write(tmp_path / "assets")
    flags = {
        "allow-privileged": "true",
        "authorization-mode": "RBAC",
        "bind-address": "127.0.0.1",
        "cert-dir": tmp_path,
        "client-ca-file": tmp_path / "client-ca.crt",
        "disable-admission-plugins": "ServiceAccount",
        "etcd-servers": "http://127.0.0.1:2379",
        "secure-port": port,
        "service-account-issuer": f"https://127.0.0.1:{port}/",
        "service-account-key-file": tmp_path / "sa.crt",
        "service-account-signing-key-file": tmp_path / "sa.key",
        "service-cluster-ip-range": "10.0.0.0/24",
    }
    words = [f"--{name}={value}" for name, value in flags.items()]
    process = subprocess.Popen([assets / "kube-apiserver", *words], stderr=subprocess.DEVNULL)
    yield f"https://127.0.0.1:{port}", tmp_path
    process.terminate()
    assert process.wait(20) == 0


def ask(url: str, folder: Path) -> str:
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "user.pem")
    opener = build_opener(HTTPSHandler(context=context), ProxyHandler({}))
    for _ in range(200):
        try:
            with opener.open(url, timeout=10) as answer:
                return str(answer.read().decode())
        except URLError as error:
            if not isinstance(error.reason, OSError):
                raise
            time.sleep(0.1)
    raise TimeoutError(url)


def test_it_serves_as_envtest_expects(server: tuple[str, Path]) -> None:
    url, folder = server
    assert ask(f"{url}/healthz", folder) == "ok"
    assert '"name":"default"' in ask(f"{url}/api/v1/namespaces/default", folder)
    assert f'"issuer":"{url}/"' in ask(f"{url}/.well-known/openid-configuration", folder)
    assert '"clusterIP":"10.0.0.1"' in ask(f"{url}/api/v1/namespaces/default/services/kubernetes", folder)


def test_a_stand_in_for_etcd_is_healthy(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    words = [f"--listen-client-urls={url}", f"--data-dir={tmp_path}", "--unsafe-no-fsync=true"]
    process = subprocess.Popen([write(tmp_path) / "etcd", *words])
    opener = build_opener(ProxyHandler({}))
    try:
        for _ in range(200):
            try:
                with opener.open(f"{url}/health", timeout=10) as answer:
                    assert b'"health":"true"' in answer.read()
                break
            except URLError:
                time.sleep(0.05)
        else:
            raise TimeoutError(url)
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_the_help_names_flags_as_envtest_looks_for_them() -> None:
    lines = [line.strip() for line in kube_apiserver.usage().splitlines()]
    assert "--secure-port" in lines
    assert "--insecure-port" not in lines


def test_etcd_is_served_in_plain_http_only() -> None:
    assert etcd.address("http://127.0.0.1:2380") == ("127.0.0.1", 2380)
    with pytest.raises(CliError, match="only http is served"):
        etcd.address("https://127.0.0.1:2380")
