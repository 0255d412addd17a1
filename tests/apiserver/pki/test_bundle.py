"""The certificates of a data directory: made once, kept, renewed in time."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID
from wherry.apiserver.pki import bundle, kubeconfig

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = bundle.PkiSettings(service_ip="127.48.0.1", nodes={"n1": ("127.16.0.1",)})


def names(pem: bytes) -> set[str]:
    certificate = x509.load_pem_x509_certificate(pem)
    extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return {str(name.value) for name in extension.value}


def test_serving_certificate_names_every_address_of_the_server(tmp_path: Path) -> None:
    settings = bundle.PkiSettings(service_ip="127.48.0.1", extra_names=("api.example", "10.0.0.7"))
    pki = bundle.ensure(tmp_path, settings, NOW)
    wanted = {"kubernetes.default.svc.cluster.local", "localhost", "127.48.0.1", "api.example", "10.0.0.7"}
    assert wanted <= names(pki.pairs["apiserver"].certificate)


def test_clients_carry_user_and_groups(tmp_path: Path) -> None:
    pki = bundle.ensure(tmp_path, SETTINGS, NOW)
    subjects = {}
    for name in ("admin", "scheduler", "kubelet-client-n1"):
        subject = x509.load_pem_x509_certificate(pki.pairs[name].certificate).subject
        user = subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        subjects[name] = (user, [a.value for a in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)])
    assert subjects == {
        "admin": ("kubernetes-admin", ["system:masters"]),
        "scheduler": ("system:kube-scheduler", []),
        "kubelet-client-n1": ("system:node:n1", ["system:nodes"]),
    }


def test_a_second_start_finds_everything_as_it_was(tmp_path: Path) -> None:
    assert bundle.ensure(tmp_path, SETTINGS, NOW) == bundle.ensure(tmp_path, SETTINGS, NOW)


def test_a_certificate_is_renewed_in_its_last_thirty_days(tmp_path: Path) -> None:
    first = bundle.ensure(tmp_path, SETTINGS, NOW)
    later = bundle.ensure(tmp_path, SETTINGS, NOW + timedelta(days=336))
    assert later.pairs["admin"] != first.pairs["admin"]
    assert later.ca == first.ca


def test_a_new_name_makes_a_new_serving_certificate_only(tmp_path: Path) -> None:
    first = bundle.ensure(tmp_path, SETTINGS, NOW)
    settings = bundle.PkiSettings(service_ip="127.48.0.1", extra_names=("new.example",), nodes=SETTINGS.nodes)
    second = bundle.ensure(tmp_path, settings, NOW)
    assert {n for n in first.pairs if first.pairs[n] != second.pairs[n]} == {"apiserver"}


def test_a_spoiled_file_is_replaced(tmp_path: Path) -> None:
    pki = bundle.ensure(tmp_path, SETTINGS, NOW)
    pki.certificate("scheduler").write_bytes(b"garbage")
    again = bundle.ensure(tmp_path, SETTINGS, NOW)
    assert again.pairs["scheduler"].certificate.startswith(b"-----BEGIN CERTIFICATE-----")


def test_everything_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    bundle.ensure(tmp_path, SETTINGS, NOW)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "pki").iterdir()}
    assert modes == {0o600}


def test_kubeconfigs_embed_what_they_need(tmp_path: Path) -> None:
    pki = bundle.ensure(tmp_path, SETTINGS, NOW)
    written = kubeconfig.write_all(tmp_path, pki, server="https://127.0.0.1:6443", cluster="demo")
    assert sorted(written) == ["admin", "controller-manager", "kubelet-n1", "metrics", "proxy", "scheduler"]
    config = yaml.safe_load(written["kubelet-n1"].read_text())
    assert config["current-context"] == "system:node:n1@demo"
    user = config["users"][0]["user"]
    assert base64.b64decode(user["client-key-data"]) == pki.pairs["kubelet-client-n1"].key


def test_an_unchanged_kubeconfig_is_not_touched(tmp_path: Path) -> None:
    pki = bundle.ensure(tmp_path, SETTINGS, NOW)
    path = kubeconfig.write_all(tmp_path, pki, server="https://h:1")["admin"]
    before = path.stat().st_ino
    kubeconfig.write_all(tmp_path, pki, server="https://h:1")
    assert path.stat().st_ino == before
