"""A spec that was found good is not checked again, and nothing else passes for it."""

from __future__ import annotations

from wherry.apiserver.registry.validation.known_specs import KnownSpecs, shape_of


def spec(volume: str, **more: object) -> dict[str, object]:
    return {"volumes": [{"name": volume, **more}], "containers": [{"name": "c"}]}


class Check:
    """Counts how often it was asked, and finds what it was told to."""

    def __init__(self, *found: str) -> None:
        self.found = list(found)
        self.calls = 0

    def __call__(self) -> list[str]:
        self.calls += 1
        return self.found


def test_a_good_spec_is_checked_once() -> None:
    known, check = KnownSpecs(), Check()
    assert [known.check(spec("data"), check) for _ in range(3)] == [[], [], []]
    assert check.calls == 1


def test_a_bad_spec_is_checked_each_time() -> None:
    known, check = KnownSpecs(), Check("wrong")
    assert [known.check(spec("data"), check) for _ in range(2)] == [["wrong"], ["wrong"]]
    assert check.calls == 2


def test_the_random_part_of_the_access_volume_does_not_matter() -> None:
    assert shape_of(spec("kube-api-access-abcde")) == shape_of(spec("kube-api-access-fghij"))


def test_where_the_access_volume_is_named_does_matter() -> None:
    mounted, other = (
        {"volumes": [v], "mount": "kube-api-access-abcde"} for v in ("kube-api-access-abcde", "x")
    )
    assert shape_of(mounted) != shape_of(other)


def test_another_name_is_another_spec() -> None:
    known, check = KnownSpecs(), Check()
    known.check(spec("data"), check)
    known.check(spec("logs"), check)
    assert check.calls == 2


def test_a_spec_whose_claims_are_named_after_the_pod_is_never_remembered() -> None:
    known, check = KnownSpecs(), Check()
    known.check(spec("data", ephemeral={}), check)
    known.check(spec("data", ephemeral={}), check)
    assert check.calls == 2
