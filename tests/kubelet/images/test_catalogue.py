"""What an image name runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from wherry.kubelet.images import catalogue
from wherry.kubelet.images.catalogue import Program, parse_reference
from wherry.kubelet.images.puller import Puller
from wherry.kubelet.runtime.contract import RuntimeFault


@pytest.mark.parametrize(
    ("image", "full"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("cloudnatived/demo:hello", "docker.io/cloudnatived/demo:hello"),
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ("localhost:5000/app", "localhost:5000/app:latest"),
        ("app@sha256:abc", "docker.io/library/app@sha256:abc"),
    ],
)
def test_names_are_completed_as_containerd_does(image: str, full: str) -> None:
    assert parse_reference(image).full == full


@pytest.mark.parametrize("image", ["", "UPPER", "a b", "/x", "<your-private-image>", "a//b", "a:b:c", "a:-"])
def test_impossible_names_are_refused(image: str) -> None:
    with pytest.raises(ValueError, match="invalid reference format"):
        parse_reference(image)


@pytest.mark.parametrize(
    ("image", "command", "args", "program"),
    [
        ("cloudnatived/demo:hello", [], [], Program("demo", ("demo",))),
        ("nginx:1.29", [], [], Program("nginx", ("nginx",))),
        ("nginx", ["nginx"], ["-g", "daemon off;"], Program("nginx", ("nginx", "-g", "daemon off;"))),
        ("nginx", ["sh", "-c", "true"], [], Program("", ("sh", "-c", "true"))),
        ("hashicorp/http-echo", [], ["-text=hi"], Program("http-echo", ("/http-echo", "-text=hi"))),
        ("busybox", [], [], Program("", ("sh",))),
        ("busybox", [], ["echo", "x"], Program("", ("echo", "x"))),
        ("python:3.13", ["python3"], ["-V"], Program("", ("python3", "-V"))),
        ("example.com/own:1", [], [], Program("declared", ("declared",))),
        (
            "registry.k8s.io/etcd:3.6.5-0",
            ["/usr/local/bin/etcd", "--listen-client-urls"],
            [],
            Program("etcd", ("/usr/local/bin/etcd", "--listen-client-urls")),
        ),
        (
            "registry.k8s.io/e2e-test-images/sample-apiserver:1.29.2",
            [],
            ["--audit-log-path=-"],
            Program("sample-apiserver", ("sample-apiserver", "--audit-log-path=-")),
        ),
    ],
)
def test_entry_point_and_command_follow_the_docker_rules(
    image: str, command: list[str], args: list[str], program: Program
) -> None:
    assert catalogue.load().resolve(image, command, args) == program


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("k8s.gcr.io/e2e-test-images/agnhost:2.21", "registry.k8s.io/e2e-test-images/agnhost"),
        (
            "gcr.io/kubernetes-e2e-test-images/sample-apiserver:1.17",
            "registry.k8s.io/e2e-test-images/sample-apiserver",
        ),
        ("gcr.io/google_containers/pause:2.0", "registry.k8s.io/pause"),
    ],
)
def test_names_of_former_registries_lead_to_the_same_programs(before: str, now: str) -> None:
    found = catalogue.load()
    assert found.find(before) == found.find(now)
    assert found.find(before).standin != "declared"


@pytest.mark.parametrize(
    "registry", ["mirror.gcr.io", "mirror.gcr.io/library", "public.ecr.aws/docker/library"]
)
def test_mirrors_of_docker_hub_have_its_images(registry: str) -> None:
    found = catalogue.load()
    assert found.find(f"{registry}/nginx:1.27") == found.find("nginx")
    assert found.find(f"{registry}/hashicorp/http-echo").standin == "http-echo"


def test_entries_of_the_user_come_first_and_are_kept(tmp_path: Path) -> None:
    known = catalogue.load(tmp_path)
    catalogue.add(tmp_path, "example.com/own*", ["/opt/own", "--serve"])
    assert known.resolve("example.com/own:2", [], ["-v"]).argv == ("/opt/own", "--serve", "-v")
    catalogue.add(tmp_path, "nginx", ["/opt/nginx"])
    assert known.resolve("nginx:1", [], []).argv == ("/opt/nginx",)
    assert catalogue.remove(tmp_path, "nginx")
    assert not catalogue.remove(tmp_path, "nginx")
    assert known.resolve("nginx:1", [], []).standin == "nginx"


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (["/manager", "--leader-elect"], ("/home/me/manager", "--leader-elect", "-v")),
        (["/bin/app", "run"], ("/home/me/manager", "run", "-v")),
        (["sh", "-c", "/manager"], ("/home/me/manager", "-v")),
    ],
)
def test_a_users_program_keeps_what_pods_ask_of_it_by_its_name(
    tmp_path: Path, command: list[str], argv: tuple[str, ...]
) -> None:
    catalogue.add(tmp_path, "example.com/app:v1", ["/home/me/manager"])
    assert catalogue.load(tmp_path).resolve("example.com/app:v1", command, ["-v"]).argv == argv


def test_an_image_says_as_whom_it_runs_and_who_is_in_which_group() -> None:
    puller = Puller(catalogue.load(), Path("unused"))
    assert puller.user("registry.k8s.io/e2e-test-images/nonroot:1.5") == 1234
    assert (puller.user("busybox"), puller.user("example.com/own")) == (0, -1)
    assert puller.groups("registry.k8s.io/e2e-test-images/agnhost:2.63.0") == {1000: [1000, 50000]}
    assert puller.groups("busybox") == {}


def test_what_is_missing_cannot_be_pulled() -> None:
    puller = Puller(catalogue.load(), Path("unused"))
    for image in (
        "wherry.dev/missing:1",
        "nginx:1.161",
        "invalid.example/x",
        "webserver:404",
        "foo:non-existent",
    ):
        with pytest.raises(RuntimeFault, match="not found") as fault:
            puller.pull(image)
        assert fault.value.reason == "ErrImagePull"


def test_the_pull_policy_is_kept() -> None:
    puller = Puller(catalogue.load(), Path("unused"))
    assert puller.needs_pull("nginx", "IfNotPresent")
    puller.pull("nginx")
    assert not puller.needs_pull("nginx", "IfNotPresent")
    assert puller.needs_pull("nginx", "Always")
    with pytest.raises(RuntimeFault) as fault:
        puller.needs_pull("example.com/own", "Never")
    assert fault.value.reason == "ErrImageNeverPull"
    with pytest.raises(RuntimeFault) as fault:
        puller.needs_pull("UPPER", "Always")
    assert fault.value.reason == "InvalidImageName"
