import ipaddress

import pytest

from odoo.addons.audit_connector_base.core.address import Policy, Refused, check_url, closed_network

CLOSED = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "10.1.2.3": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "carrier-grade NAT",
    "100.100.100.200": "cloud metadata",
    "169.254.169.254": "link-local or cloud metadata",
    "168.63.129.16": "cloud metadata",
    "0.0.0.0": "unspecified",
    "192.0.0.192": "reserved for protocols",
    "192.0.2.1": "documentation",
    "198.51.100.1": "documentation",
    "203.0.113.1": "documentation",
    "192.88.99.1": "6to4 relay",
    "198.18.0.1": "benchmark",
    "198.19.255.255": "benchmark",
    "224.0.0.1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "::": "unspecified",
    "::1": "loopback",
    "::127.0.0.1": "IPv4-compatible",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "::ffff:0:127.0.0.1": "IPv4-translated",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b:1::a00:1": "local NAT64",
    "100::1": "discard-only",
    "2001::1": "Teredo",
    "2001:2::1": "benchmark",
    "2001:10::1": "reserved for protocols",
    "2001:db8::1": "documentation",
    "3fff::1": "documentation",
    "2002:7f00:1::": "6to4",
    "fd00::1": "unique-local",
    "fd00:ec2::254": "cloud metadata",
    "fe80::1": "link-local",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
    "4000::1": "reserved",
    "5f00::1": "reserved",
}


@pytest.mark.parametrize("address, label", CLOSED.items())
def test_a_closed_network_is_recognised_by_its_kind(address, label):
    assert closed_network(ipaddress.ip_address(address))[0] == label
    with pytest.raises(Refused, match="closed address"):
        Policy().check("name.example", 443, ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.128.0.1", "198.20.0.1", "223.255.255.255", "2606:4700::1"]
)
def test_a_public_address_is_open(address):
    assert closed_network(ipaddress.ip_address(address)) is None


def allowed(allow, host, port, address):
    try:
        Policy(allow).check(host, port, ipaddress.ip_address(address))
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    "entry, host, port, address, answer",
    [
        ("erp.lan", "erp.lan", 443, "10.0.0.5", True),
        ("erp.lan", "other.lan", 443, "10.0.0.5", False),
        ("ERP.lan", "erp.lan", 443, "10.0.0.5", True),
        ("erp.lan:8443", "erp.lan", 8443, "10.0.0.5", True),
        ("erp.lan:8443", "erp.lan", 443, "10.0.0.5", False),
        ("10.0.0.5", "erp.lan", 443, "10.0.0.5", True),
        ("10.0.0.5", "erp.lan", 443, "10.0.0.6", False),
        ("10.0.0.0/8:443", "erp.lan", 443, "10.9.9.9", True),
        ("10.0.0.0/8:443", "erp.lan", 22, "10.9.9.9", False),
        ("::1", "::1", 443, "::1", True),
        ("[::1]:443", "::1", 443, "::1", True),
        ("[::1]:443", "::1", 80, "::1", False),
        ("[fd12::/16]:443", "erp.lan", 443, "fd12::7", True),
        ("127.0.0.1", "::ffff:127.0.0.1", 443, "::ffff:127.0.0.1", False),
    ],
)
def test_an_allowed_entry_opens_what_it_names_and_nothing_else(entry, host, port, address, answer):
    assert allowed([entry], host, port, address) is answer


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "fd00:ec2::254", "0.0.0.0", "224.0.0.1"])
def test_allowing_a_name_does_not_open_metadata_to_whoever_runs_its_dns(address):
    assert not allowed(["erp.lan"], "erp.lan", 443, address)
    assert allowed(["erp.lan", address], "erp.lan", 443, address)


@pytest.mark.parametrize("entry", ["", "10.0.0.5/8", "erp.lan:0", "erp.lan:70000", "erp.lan:x", "a b", "127.1"])
def test_an_entry_that_cannot_be_read_is_refused(entry):
    with pytest.raises(ValueError):
        Policy([entry])


@pytest.mark.parametrize(
    "url, parsed",
    [
        ("https://example.com", ("https", "example.com", 443, "/")),
        ("https://EXAMPLE.com.:8443/a/b?c=d%20e&f=/", ("https", "example.com", 8443, "/a/b?c=d%20e&f=/")),
        ("https://my_service/hook", ("https", "my_service", 443, "/hook")),
        ("https://bücher.example/ü", ("https", "xn--bcher-kva.example", 443, "/%C3%BC")),
        ("https://[2606:4700::1]/x", ("https", "2606:4700::1", 443, "/x")),
        ("https://8.8.8.8/", ("https", "8.8.8.8", 443, "/")),
    ],
)
def test_a_good_address_is_taken_apart(url, parsed):
    assert check_url(url) == parsed


@pytest.mark.parametrize(
    "url, reason",
    [
        ("", "empty"),
        (False, "empty"),
        ("https://e.com/" + "a" * 2048, "longer"),
        ("ftp://example.com", "must start with https"),
        ("example.com/hook", "must start with https"),
        ("javascript:alert(1)", "must start with https"),
        ("http://example.com", "nobody on the way"),
        ("https://user:pass@example.com", "user name or password"),
        ("https://example.com#top", "fragment"),
        ("https://example.com:0/", "Port 0"),
        ("https://example.com:/", "colon without a port"),
        ("https://example.com:65536/", "cannot be read"),
        ("https://example.com:a/", "cannot be read"),
        ("https:///path", "no host"),
        ("https://exa mple.com", "space"),
        ("https://example.com/a\nb", "control character"),
        ("\thttps://example.com", "control character"),
        ("https://example.com\\@evil.example", "backslash"),
        ("https://example.com\u00a0", "space"),
        ("https://[::1", "cannot be read"),
        ("https://[fe80::1%25eth0]/", "percent|cannot be read"),
        ("https://-bad.example", "not valid"),
        ("https://a..b", "not valid"),
        ("https://127.1/", "usual notation"),
        ("https://0x7f000001/", "usual notation"),
        ("https://2130706433/", "usual notation"),
        ("https://0177.0.0.1/", "usual notation"),
        ("https://①②⑦.0.0.1/", "usual notation"),
        ("https://\u2260.example\u200d/", "space|cannot be used"),
    ],
)
def test_a_bad_address_is_refused_with_the_reason(url, reason):
    with pytest.raises(ValueError, match=reason):
        check_url(url)


def test_plain_http_passes_where_tls_is_not_required():
    assert check_url("http://example.com/x", require_tls=False) == ("http", "example.com", 80, "/x")


def test_a_numeric_address_is_held_against_the_policy_when_saved():
    with pytest.raises(ValueError, match="loopback"):
        check_url("https://127.0.0.1/", allow=())
    assert check_url("https://127.0.0.1/", allow=["127.0.0.1"]).host == "127.0.0.1"
