"""The functions that expressions find in Kubernetes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.apimachinery.cel.expressions import evaluate, failure, issues

VALUES: list[tuple[str, Any]] = [
    # conversions
    ("string(1.5) + string(3.0) + string(1e21) + string(123456789.0)", "1.531e+211.23456789e+08"),
    ("string(0.00001234) + string(-0.5)", "1.234e-05-0.5"),
    ("string(true) + string(1u) + string(b'x')", "true1x"),
    ("int('-42') + int(4.9) + int(-4.9) + int(3u)", -39),
    ("int(timestamp('1970-01-01T00:00:01Z')) + int(duration('1s'))", 1_000_000_001),
    ("double('1e3') + double(1) + double(2u)", 1003.0),
    ("bool('true') && !bool('f')", True),
    ("bytes('é').size()", 2),
    ("string(duration('90m')) + string(duration('1.5s'))", "5400s1.5s"),
    ("string(timestamp('2020-01-02T03:04:05.120+01:00'))", "2020-01-02T03:04:05.12+01:00"),
    # times
    ("timestamp('2020-02-03T04:05:06.789Z').getFullYear()", 2020),
    ("timestamp('2020-02-03T04:05:06Z').getMonth()", 1),
    ("timestamp('2020-02-03T04:05:06Z').getDate() + timestamp('2020-02-03T04:05:06Z').getDayOfMonth()", 5),
    ("timestamp('2020-02-03T04:05:06Z').getDayOfWeek()", 1),
    ("timestamp('2020-02-03T04:05:06Z').getDayOfYear()", 33),
    ("timestamp('2020-02-03T04:05:06Z').getHours('America/New_York')", 23),
    ("timestamp('2020-02-03T04:05:06Z').getMinutes('-00:30')", 35),
    ("timestamp('2020-02-03T04:05:06.789Z').getMilliseconds()", 789),
    ("duration('-90m').getHours() + duration('90m').getMinutes()", 89),
    ("timestamp('2020-01-01T00:00:00Z') + duration('24h') == timestamp('2020-01-02T00:00:00Z')", True),
    ("timestamp('2020-01-02T00:00:00Z') - timestamp('2020-01-01T00:00:00Z') == duration('24h')", True),
    ("duration('1h') < duration('61m')", True),
    # text
    ("'abc'.charAt(1) + 'abc'.charAt(3)", "b"),
    ("'abcabc'.indexOf('c') + 'abcabc'.lastIndexOf('b') + 'abc'.indexOf('c', 1) + 'abc'.indexOf('')", 8),
    ("'ABC ä'.lowerAscii() + 'abc ä'.upperAscii()", "abc äABC ä"),
    ("'a-b-c'.replace('-', '') + 'a-b-c'.replace('-', '+', 1)", "abca+b-c"),
    ("'a,b,c'.split(',') + 'a,b,c'.split(',', 2) + 'ab'.split('')", ["a", "b", "c", "a", "b,c", "a", "b"]),
    ("'hello'.substring(2) + 'hello'.substring(1, 3)", "lloel"),
    ("' \\u00a0x\\t'.trim()", "x"),
    ("['a', 'b'].join() + ['a', 'b'].join('-')", "aba-b"),
    ("strings.quote('a\"b')", '"a\\"b"'),
    ("'abc 123 45'.find('[0-9]+') + 'abc'.find('z')", "123"),
    ("'1 22 3'.findAll('[0-9]+') + '1 22 3'.findAll('[0-9]+', 1)", ["1", "22", "3", "1"]),
    ("'ab'.matches('^a.$') && matches('xaby', 'ab') && !'a'.matches('b')", True),
    ("'%s|%d|%f|%e'.format(['a', 3, 1.5, 1234.5])", "a|3|1.500000|1.234500×10⁰³"),
    ("'%.2f %x %X %o %b %%'.format([3.14159, 255, 'hi', 8, 5])", "3.14 ff 6869 10 101 %"),
    ("'%s %s'.format([[1, 2], {'k': 'v'}])", '[1, 2] {"k":"v"}'),
    ("'%s %s'.format([duration('1s'), null])", "1s null"),
    # lists and sets
    ("[1, 2].isSorted() && !['b', 'a'].isSorted()", True),
    ("[1, 2].sum() == 3 && [1.5, 2.5].sum() == 4.0 && [1u].sum() == 1u", True),
    ("[duration('1s'), duration('2s')].sum() == duration('3s')", True),
    ("[3, 5, 4].max() - [3, 5, 4].min()", 2),
    ("timestamp(0).getHours('99:99') + timestamp(0).getMinutes('-0:30')", 34),
    ("optional.of(1).optMap(i, quantity('1')).hasValue()", True),
    ("optional.of(quantity('1')).value().asInteger()", 1),
    ("optional.of(1).optMap(i, [ip('::1')]).value()[0].family()", 6),
    ("'abc'.findAll('(a|b)*')", ["ab", ""]),
    ("'baaac'.findAll('a*', 2)", ["", "aaa"]),
    ("[dyn(0.5), dyn(duration('1s'))].max() == 0.5", True),
    ("quantity('0.3').asApproximateFloat() == 0.3", False),
    ("quantity('0.30').asApproximateFloat() == 0.3 && quantity('2Ki').asApproximateFloat() == 2048.0", True),
    ("quantity('1.5Gi').sub(quantity('12345678901234567890')).asApproximateFloat()", -1.2345678899623956e19),
    ("quantity('1k').isInteger() && quantity('2Gi').isInteger()", True),
    ("quantity('5').sub(8).asInteger()", -3),
    ("quantity('1.0').isInteger() || quantity('1.5Gi').isInteger() || quantity('1000m').isInteger()", False),
    ("quantity('1k').add(5).asApproximateFloat()", 1005.0),
    ("string(dyn(false)) + '%s'.format([b'a'])", "falsea"),
    ("[1.0, double('NaN'), 2.0].max() == 2.0 && [2.0, double('NaN'), 1.0].isSorted()", True),
    ("[1, 2, 1].indexOf(1) + [1, 2, 1].lastIndexOf(1) + [1].indexOf(9)", 1),
    ("[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort()[0] == 'a'", True),
    ("[[[1]], [[2], [3]]].flatten(2)", [1, 2, 3]),
    ("[[1], [2]].flatten()", [1, 2]),
    ("[1, 2, 3].slice(1, 3) + lists.range(2)", [2, 3, 0, 1]),
    ("[1, 2].reverse() + [1, 1, 2].distinct()", [2, 1, 1, 2]),
    ("[1, 2].first().value() + [1, 2].last().value()", 3),
    ("sets.contains([1, 2], [2]) && sets.equivalent([1, 1, 2], [2, 1]) && !sets.intersects([1], [2])", True),
    # optionals
    ("optional.of(1).value() + optional.none().orValue(2)", 3),
    ("optional.none().or(optional.of(1)).value()", 1),
    ("optional.ofNonZeroValue(0).hasValue() || optional.ofNonZeroValue('').hasValue()", False),
    ("{'a': 1}[?'b'].hasValue() || [1][?5].hasValue() || {'a': 1}.?b.hasValue()", False),
    ("{'a': {'b': 1}}.?a.b.value() + {'a': {'b': 1}}.?a.?b.value()", 2),
    ("[?optional.none(), ?optional.of(1), 2]", [1, 2]),
    ("{?'a': optional.none(), 'b': 1}", {"b": 1}),
    ("optional.unwrap([optional.of(1), optional.none()])", [1]),
    # URLs
    ("url('https://u@example.com:8080/p/a?x=1#f').getHost()", "example.com:8080"),
    ("url('https://[::1]:80/').getHostname() + url('https://[::1]:80/').getPort()", "::180"),
    ("url('https://a.b/p%20q/r').getEscapedPath() + url('HTTPS://a').getScheme()", "/p%20q/rhttps"),
    ("url('https://a.b/?x=1&x=2&y').getQuery()", {"x": ["1", "2"], "y": [""]}),
    ("isURL('/abs/path') && isURL('https://a.b') && !isURL('not a url') && !isURL('https://a:x/')", True),
    # addresses
    ("string(ip('fe80:0::1')) + string(cidr('10.1.2.3/8'))", "fe80::110.1.2.3/8"),
    ("ip('10.0.0.1').family() + ip('::1').family()", 10),
    ("ip.isCanonical('::1') && !ip.isCanonical('::0001')", True),
    ("isIP('1.2.3.4') && !isIP('01.2.3.4') && !isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0')", True),
    ("ip('127.0.0.1').isLoopback() && ip('0.0.0.0').isUnspecified() && ip('8.8.8.8').isGlobalUnicast()",
     True),
    ("ip('169.254.1.1').isLinkLocalUnicast() && ip('224.0.0.1').isLinkLocalMulticast()", True),
    ("ip('1.2.3.4') == ip('1.2.3.4') && cidr('10.0.0.0/8') != cidr('10.0.0.1/8')", True),
    ("cidr('10.0.0.0/8').containsIP('10.2.3.4') && !cidr('10.0.0.0/8').containsIP(ip('::1'))", True),
    ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && !cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8')",
     True),
    ("string(cidr('10.1.2.3/8').masked()) + string(cidr('10.1.2.3/8').ip())", "10.0.0.0/810.1.2.3"),
    ("cidr('10.0.0.0/8').prefixLength()", 8),
    ("isCIDR('::/0') && !isCIDR('10.0.0.0') && !isCIDR('10.0.0.0/33') && !isCIDR('10.0.0.0/08')", True),
    # quantities and versions
    ("quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('1k').compareTo(quantity('1000')) == 0",
     True),
    ("quantity('50k').add(20).sub(quantity('20')).asInteger()", 50000),
    ("quantity('1500m').asApproximateFloat()", 1.5),
    ("quantity('1.5').isInteger() || isQuantity('1e')", False),
    ("sign(quantity('-5'))", -1),
    ("semver('1.2.3').isLessThan(semver('1.10.0')) && semver('1.0.0-rc.1').isLessThan(semver('1.0.0'))",
     True),
    ("semver('v1.02', true).compareTo(semver('1.2.0'))", 0),
    ("semver('1.2.3').major() + semver('1.2.3').minor() + semver('1.2.3').patch()", 6),
    ("isSemver('1.2.3+b') && !isSemver('1.2') && !isSemver('01.2.3') && isSemver('v1', true)", True),
    # formats
    ("format.dns1123Label().validate('a-b').hasValue()", False),
    ("format.named('dns1123Label').value().validate('A').value()[0].contains('RFC 1123')", True),
    ("format.named('zork').hasValue()", False),
    ("format.uuid().validate('zork').value()", ["does not match the UUID format"]),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_values(expression: str, value: Any) -> None:
    assert evaluate(expression) == value


FAILURES = [
    ("'abc'.charAt(9)", "index out of range: 9"),
    ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
    ("[1].slice(0, 2)", "cannot slice(0, 2), list is length 1"),
    ("[1].map(i, i > 1, i).max()", "max called on empty list"),
    ("cidr('10.0.0.0/8').containsIP('a')", "no such overload"),
    ("timestamp(0).getHours('1:')", 'strconv.Atoi: parsing "": invalid syntax'),
    ("timestamp(0).getHours('99999999999999999999:0')",
     'strconv.Atoi: parsing "99999999999999999999": value out of range'),
    ("timestamp(0).getHours('../UTC')", "time: invalid location name"),
    ("optional.of(1).optMap(i, quantity('1k')).value()",
     "unsupported conversion to ref.Val: (*resource.Quantity)1k"),
    ("[optional.of(semver('1.2.3-a+b'))].map(i, i.orValue(semver('1.0.0')))",
     "unsupported conversion to ref.Val: (semver.Version)1.2.3-a+b"),
    ("(x == x ? optional.of(optional.of(1)) : optional.none()).optMap(i, i.hasValue())",
     "no such overload: hasValue(int)"),
    ("dyn([cidr('::/0')]).isSorted()", "no such overload: isSorted(list)"),
    ("[[1]].flatten(1 / 0)", "internal error: interface conversion: ref.Val is *types.Err, not types.Int"),
    ("'%s'.format([[b'\\xff']])",
     'error during formatting: could not convert argument "invalid UTF-8 in bytes, cannot convert to '
     'string" to string'),
    ("optional.none().value()", "optional.none() dereference"),
    ("uint(x)", "unsigned integer overflow"),
    ("string(b'\\xff' + b'')", "invalid UTF-8 in bytes, cannot convert to string"),
    ("quantity('x1')",
     "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
    ("quantity('1.5').asInteger()", "cannot convert value to integer"),
    ("semver('1.2')", "No Major.Minor.Patch elements found"),
    ("ip('300.0.0.1')", 'IP Address "300.0.0.1" parse error during conversion from string: '
                        'ParseAddr("300.0.0.1"): IPv4 field has value >255'),
    ("ip('::ffff:1.2.3.4')", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'),
    ("url('nope')", 'URL parse error during conversion from string: parse "nope": invalid URI for request'),
    ("'%d'.format([object])", "error during formatting: decimal clause can only be used on integers, "
                              "was given string"),
    ("'%s %s'.format([object] + [])", "index 1 out of range"),
    ("'a'.matches(object)", "error parsing regexp: missing closing ): `a(b`"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "says"), FAILURES)
def test_failures(expression: str, says: str) -> None:
    assert failure(expression, x=-1, object="a(b") == says


FORMATS = [
    ("'%d'.format(['x'])",
     "1:14: error during formatting: decimal clause can only be used on integers, was given string"),
    ("'%s'.format([1, 2])", "1:12: too many arguments supplied to string.format (expected 1, got 2)"),
    ("'%s %s'.format([1])", "1:15: index 1 out of range"),
    ("'%z'.format([1])", '1:12: could not parse formatting clause: unrecognized formatting clause "z"'),
    ("'%'.format([1])", "1:11: unexpected end of string"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "says"), FORMATS)
def test_literal_formats_are_checked_before_they_run(expression: str, says: str) -> None:
    assert issues(expression) == f"ERROR: <input>:{says}"


def test_functions_that_kubernetes_leaves_out() -> None:
    for name in ("base64.encode(b'')", "cel.bind(v, 1, v)", "'abc'.reverse()", "quantity('1').sign()"):
        assert "ERROR" in issues(name)


ADDRESSES = [
    ("1.2.3", "IPv4 address too short"),
    ("1..2.3", 'IPv4 field must have at least one digit (at ".2.3")'),
    ("1.2.3.a", 'unexpected character (at "a")'),
    ("1:2", "address string too short"),
    ("::1:::", 'multiple :: in address (at "::")'),
    ("1::12345", 'each group must have 4 or less digits (at "12345")'),
    ("1::g", 'each colon-separated field must have at least one digit (at "g")'),
    ("1:2:3:4:5:6:7:8:9", 'trailing garbage after address (at "9")'),
    ("::1%", "zone must be a non-empty string"),
    ("host", "unable to parse IP"),
]


@pytest.mark.parametrize(("text", "says"), ADDRESSES)
def test_what_is_wrong_with_an_address(text: str, says: str) -> None:
    assert failure(f"ip('{text}')").endswith(f'ParseAddr("{text}"): {says}')
