"""As whom containers run (upstream: test/e2e/common/node/security_context.go)."""

from __future__ import annotations

from typing import Any

import pytest
from wherry.kubelet.worker import identity
from wherry.kubelet.worker.host import Waits
from wherry.kubelet.worker.identity import Image

from tests.kubelet.fakes import container, pod

Object = dict[str, Any]


def both(of_pod: Object, of_container: Object) -> tuple[Object, Object]:
    one = container("main", securityContext=of_container)
    return pod(one, securityContext=of_pod), one


def test_the_container_says_it_before_the_pod() -> None:
    found = identity.fields(*both({"runAsUser": 1, "runAsGroup": 2, "fsGroup": 3}, {"runAsUser": 9}))
    assert (found["user"], found["group"], found["groups"]) == (9, 2, (3,))
    assert not found["privileged"]


def test_the_status_tells_who_runs() -> None:
    shown = identity.shown(*both({"runAsGroup": 3000, "supplementalGroups": [4000]}, {"runAsUser": 1000}))
    assert shown == {"linux": {"uid": 1000, "gid": 3000, "supplementalGroups": [3000, 4000]}}
    assert identity.shown(*both({}, {})) == {"linux": {"uid": 0, "gid": 0, "supplementalGroups": [0]}}


AGNHOST = Image(0, {1000: (1000, 50000)})


@pytest.mark.parametrize(
    ("image", "asked", "user", "group", "groups"),
    [
        (Image(1234), {}, 1234, 0, [0]),
        (Image(1234), {"runAsUser": 0}, 0, 0, [0]),
        (AGNHOST, {}, 0, 0, [0]),
        (AGNHOST, {"runAsUser": 1000}, 1000, 1000, [1000, 50000, 60000]),
        (AGNHOST, {"runAsUser": 1000, "runAsGroup": 7}, 1000, 7, [7, 50000, 60000]),
        (AGNHOST, {"runAsUser": 1000, "supplementalGroupsPolicy": "Strict"}, 1000, 1000, [1000, 60000]),
    ],
)
def test_an_image_says_what_the_pod_does_not(
    image: Image, asked: Object, user: int, group: int, groups: list[int]
) -> None:
    of_pod = asked | ({"supplementalGroups": [60000]} if 60000 in groups else {})
    shown = identity.shown(*both(of_pod, {}), image)["linux"]
    assert shown == {"uid": user, "gid": group, "supplementalGroups": groups}
    found = identity.fields(*both(of_pod, {}), image)
    assert (found["user"], max(found["group"], 0)) == (user, group)
    assert sorted({group, *found["groups"]}) == groups


@pytest.mark.parametrize(
    ("asked", "user", "why"),
    [
        ({"runAsUser": 0}, 1000, "container's runAsUser breaks non-root policy"),
        ({}, 0, "container has runAsNonRoot and image will run as root"),
    ],
)
def test_root_is_refused_where_it_must_not_be(asked: Object, user: int, why: str) -> None:
    with pytest.raises(Waits, match=why) as waits:
        identity.refuse_root(*both({"runAsNonRoot": True}, asked), user)
    assert waits.value.reason == "CreateContainerConfigError"


@pytest.mark.parametrize(("asked", "user"), [({"runAsUser": 5}, 0), ({}, 1000), ({}, -1)])
def test_who_may_run(asked: Object, user: int) -> None:
    identity.refuse_root(*both({"runAsNonRoot": True}, asked), user)
    identity.refuse_root(*both({}, {"runAsUser": 0}), 0)
