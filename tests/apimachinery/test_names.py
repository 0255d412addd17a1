"""What may be a name, and what upstream says when something may not."""

from __future__ import annotations

import random
from typing import Any

import pytest
from wherry.apimachinery import names

LONG = "a" * 64


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (names.dns1123_label, ["a", "0", "a-b", "a" * 63]),
        (names.dns1123_subdomain, ["a", "a.b-c.d", "1.2", "a" * 253]),
        (names.dns1035_label, ["a", "a1-b"]),
        (names.qualified_name, ["a", "A.b_c-1", "example.com/name", "a.b/" + "x" * 63]),
        (names.label_value, ["", "a", "A.b_c", "x" * 63]),
        (names.path_segment_name, ["system:node", "a b", "..."]),
        (names.port_name, ["http", "a-1", "1a"]),
        (names.env_var_name, ["A", "a.b-c_1", ".x"]),
        (names.relaxed_env_var_name, ["1 2", "a+b"]),
        (names.config_map_key, ["a", ".hidden", "A_b-c.d"]),
        (names.percent, ["0%", "100%"]),
        (names.wildcard_dns1123_subdomain, ["*.example.com"]),
        (names.fully_qualified_name, ["a.b.c"]),
        (names.c_identifier, ["_a1"]),
        (names.http_header_name, ["X-A"]),
        (names.ip, ["10.0.0.1", "2001:db8::1"]),
        (names.cidr, ["10.0.0.0/8", "2001:db8::/64"]),
    ],
)
def test_accepted(check: Any, good: Any) -> None:
    assert {text: check(text) for text in good} == {text: [] for text in good}


@pytest.mark.parametrize(
    ("check", "bad"),
    [
        (names.dns1123_label, ["", "A", "-a", "a-", "a_b", "a\n", "é"]),
        (names.dns1123_subdomain, ["", "a..b", ".a", "a.", "A"]),
        (names.dns1035_label, ["1a", "a.b"]),
        (names.qualified_name, ["", "/a", "a/", "a/b/c", "-a", "Ex/a"]),
        (names.label_value, ["-a", "a b", "a;b", "x" * 64]),
        (names.path_segment_name, [".", "..", "a/b", "a%"]),
        (names.port_name, ["", "-a", "a--b", "12", "A", "a" * 16]),
        (names.env_var_name, ["", "1a", "a=b", ".", "..", "..a"]),
        (names.relaxed_env_var_name, ["", "a=b", "\t"]),
        (names.config_map_key, ["", "a/b", "..", "..x"]),
        (names.percent, ["", "1", "-1%", "%"]),
        (names.fully_qualified_name, ["a.b", "A.b.c"]),
        (names.ip, ["", "1.2.3", "010.0.0.1", "::ffff:1.2.3.4", "2001:DB8::1", "1.2.3.4/5"]),
        (names.cidr, ["10.0.0.1/8", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/08"]),
    ],
)
def test_refused(check: Any, bad: Any) -> None:
    assert [text for text in bad if not check(text)] == []


def test_a_label_with_dots_is_told_so() -> None:
    assert names.dns1123_label("a.b") == ["must not contain dots"]


def test_too_long_is_said_before_the_pattern() -> None:
    assert names.dns1123_label(LONG) == ["must be no more than 63 characters"]
    assert names.label_value("-" + LONG)[0] == "must be no more than 63 bytes"
    assert names.qualified_name(LONG) == ["name part must be no more than 63 bytes"]
    assert names.qualified_name("a" * 254 + "/x") == ["prefix part must be no more than 253 bytes"]


def test_the_pattern_and_examples_are_shown() -> None:
    assert names.percent("x") == [
        "a valid percent string must be a numeric string followed by an ending '%' "
        "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
    ]


def test_a_prefix_may_end_in_a_dash() -> None:
    assert names.dns1123_subdomain("web-", prefix=True) == []
    assert names.dns1123_subdomain("web-") != []
    assert names.path_segment_name("..", prefix=True) == []


def test_old_fields_take_sloppy_addresses() -> None:
    assert names.ip("010.0.0.1", strict=False, canonical=False) == []
    assert str(names.parse_ip_sloppy("010.0.0.1")) == "10.0.0.1"
    assert str(names.parse_ip_sloppy("::ffff:1.2.3.4")) == "1.2.3.4"
    assert names.ip("010.0.0.1") == ["must not have leading 0s"]
    assert names.ip("2001:DB8::1") == ['must be in canonical form ("2001:db8::1")']


def test_generated_names_are_cut_and_readable() -> None:
    name = names.generate("b" * 70, random.Random(1))
    assert name.startswith("b" * 58) and len(name) == 63
    assert not set(name[58:]) & set("aeiou013l")
