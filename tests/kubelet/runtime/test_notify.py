"""When a pod's network identity is offered."""

from __future__ import annotations

import pytest
from wherry.kubelet.runtime.process import notify, syscalls


def refuse(*arguments: object) -> int:
    raise PermissionError(1, "Operation not permitted")


def test_where_sockets_of_others_cannot_be_had_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "pidfd_getfd", refuse)
    assert not notify.supported()


def test_where_filters_are_refused_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syscalls, "seccomp_filter", refuse)
    assert not notify.supported()
