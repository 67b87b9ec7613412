"""Where the dialler may go: addresses people type in, networks that are closed, and the exceptions a connector names.

The list of closed networks is our own. ``ipaddress.is_global`` answers "public" for NAT64, 6to4, ``::127.0.0.1``,
site-local and multicast addresses, through which internal hosts can be reached.
"""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import idna

DEFAULT_PORTS = {
    "http": 80,
    "https": 443,
    "amqp": 5672,
    "amqps": 5671,
    "nats": 4222,
    "tls": 4222,
    "redis": 6379,
    "rediss": 6380,
    "sftp": 22,
}
# Schemes under which nobody on the way can read or change what is sent.
PROTECTED = {"https", "amqps", "tls", "rediss", "sftp"}
HTTP = ("https", "http")

# network, what it is, and whether allowing a host *name* opens it. Only the networks that houses use inside are
# opened by name: whoever controls the name's DNS must not reach the metadata service through it.
_CLOSED = [
    (ipaddress.ip_network(network), label, by_name)
    for network, label, by_name in (
        ("127.0.0.0/8", "loopback", True),
        ("10.0.0.0/8", "private", True),
        ("172.16.0.0/12", "private", True),
        ("192.168.0.0/16", "private", True),
        ("100.100.100.200/32", "cloud metadata", False),
        ("100.64.0.0/10", "carrier-grade NAT", True),
        ("169.254.0.0/16", "link-local or cloud metadata", False),
        ("168.63.129.16/32", "cloud metadata", False),
        ("0.0.0.0/8", "unspecified", False),
        ("192.0.0.0/24", "reserved for protocols", False),
        ("192.0.2.0/24", "documentation", False),
        ("192.88.99.0/24", "6to4 relay", False),
        ("198.18.0.0/15", "benchmark", False),
        ("198.51.100.0/24", "documentation", False),
        ("203.0.113.0/24", "documentation", False),
        ("224.0.0.0/4", "multicast", False),
        ("240.0.0.0/4", "reserved", False),
        ("::/128", "unspecified", False),
        ("::1/128", "loopback", True),
        ("::/96", "IPv4-compatible", False),
        ("::ffff:0:0/96", "IPv4-mapped", False),
        ("::ffff:0:0:0/96", "IPv4-translated", False),
        ("64:ff9b::/96", "NAT64", False),
        ("64:ff9b:1::/48", "local NAT64", False),
        ("100::/64", "discard-only", False),
        ("2001::/32", "Teredo", False),
        ("2001:2::/48", "benchmark", False),
        ("2001::/23", "reserved for protocols", False),
        ("2001:db8::/32", "documentation", False),
        ("2002::/16", "6to4", False),
        ("3fff::/20", "documentation", False),
        ("fd00:ec2::/32", "cloud metadata", False),
        ("fd20:ce::/32", "cloud metadata", False),
        ("fc00::/7", "unique-local", True),
        ("fe80::/10", "link-local", False),
        ("fec0::/10", "site-local", False),
        ("ff00::/8", "multicast", False),
    )
]
_IPV6_UNICAST = ipaddress.ip_network("2000::/3")

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff\\]")
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


class Refused(Exception):
    """The egress policy does not permit this address; trying again cannot help."""


class Url(NamedTuple):
    """A checked address: ``host`` in ASCII without brackets, ``target`` as it stands in the request line."""

    scheme: str
    host: str
    port: int
    target: str


def check_url(url, require_tls=True, allow=None, schemes=HTTP):
    """Return the ``Url`` of the text ``url``; raises ``ValueError`` with the reason in plain words.

    ``allow``: the connector's allow-list; when given, an address written as numbers is held against the closed
    networks already here. Names are only judged when they are dialled, because what they mean may change.
    ``schemes``: those of ``DEFAULT_PORTS`` that are understood, the recommended one first.
    """
    if not isinstance(url, str) or not url:
        raise ValueError("The address is empty.")
    if len(url) > 2048:
        raise ValueError("The address is longer than 2048 characters.")
    if _UNSAFE.search(url):
        raise ValueError("The address holds a space, a control character or a backslash.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError("The address cannot be read: %s." % error) from None
    if parts.scheme not in schemes:
        raise ValueError("The address must start with %s." % " or ".join("%s://" % scheme for scheme in schemes))
    if require_tls and parts.scheme not in PROTECTED:
        raise ValueError(
            "The address must start with %s://, so that nobody on the way can read or change messages." % schemes[0]
        )
    if "@" in parts.netloc:
        raise ValueError("The address holds a user name or password; enter them as credentials instead.")
    if "#" in url:
        raise ValueError("The address holds a fragment (#…), which never reaches a server.")
    if port == 0:
        raise ValueError("Port 0 cannot be dialled.")
    if parts.netloc.endswith(":"):
        raise ValueError("The address has a colon without a port.")
    host = check_host(parts.hostname or "")
    port = port or DEFAULT_PORTS[parts.scheme]
    if allow is not None:
        address = _ip(host)
        if address is not None:
            Policy(allow).check(host, port, address, error=ValueError)
    target = quote(parts.path or "/", safe=_URL_CHARACTERS)
    if parts.query:
        target += "?" + quote(parts.query, safe=_URL_CHARACTERS)
    return Url(parts.scheme, host, port, target)


def check_host(host):
    """Return ``host`` in the ASCII form in which it is dialled; raises ``ValueError`` with the reason."""
    host = host[:-1] if host.endswith(".") else host
    if not host:
        raise ValueError("The address has no host.")
    if "%" in host:
        raise ValueError("The host holds a percent sign.")
    address = _ip(host)
    if address is not None:
        return str(address)
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except UnicodeError as error:
            raise ValueError("The host name %s cannot be used: %s." % (host, error)) from None
    host = host.lower()
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("The host name %s is not valid." % host)
    # Resolvers read 127.1, 0x7f000001 or 2130706433 as 127.0.0.1.
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", labels[-1]):
        raise ValueError("The host %s looks like an IP address but is none in the usual notation." % host)
    return host


class Policy:
    """The closed networks, less what one connector's allow-list names.

    ``allow``: entries ``host``, ``ip`` or ``network/length``, each optionally with ``:port`` (IPv6 then in brackets).
    A name opens the internal networks that it may resolve to; other closed networks need their address.
    Raises ``ValueError`` with the reason when an entry cannot be read.
    """

    def __init__(self, allow=()):
        self._names = set()
        self._networks = []
        for entry in allow:
            target, port = _split_port(entry.strip())
            try:
                self._networks.append((ipaddress.ip_network(target, strict=True), port))
            except ValueError as error:
                if "/" in target:
                    raise ValueError("%s is not a network: %s." % (entry, error)) from None
                self._names.add((check_host(target), port))

    def names(self, host, port):
        """Whether an entry speaks of this very destination: its name, or the address it is written as."""
        if not self._names.isdisjoint({(host, port), (host, None)}):
            return True
        address = _ip(host)
        return address is not None and any(
            address in network and allowed_port in (None, port) for network, allowed_port in self._networks
        )

    def check(self, host, port, address, error=Refused):
        """Raise ``error`` unless ``address`` (an ``ipaddress`` object), to which ``host`` resolved, may be dialled."""
        closed = closed_network(address)
        if closed is None:
            return
        label, by_name = closed
        if by_name and not self._names.isdisjoint({(host, port), (host, None)}):
            return
        if any(address in network and allowed_port in (None, port) for network, allowed_port in self._networks):
            return
        where = str(address) if host == str(address) else "%s, to which %s resolves," % (address, host)
        raise error(
            "%s is a closed address (%s). Name it under the connector's Internal Destinations Allowed if it is meant."
            % (where, label)
        )


def closed_network(address):
    """Return ``(label, opened by name)`` of the closed network that holds ``address``; ``None`` when it is public."""
    for network, label, by_name in _CLOSED:
        if address in network:
            return label, by_name
    if address.version == 6 and address not in _IPV6_UNICAST:
        return "reserved", False
    return None


def _ip(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _split_port(entry):
    match = re.fullmatch(r"\[(?P<six>[0-9a-fA-F:.]+(?:/[0-9]+)?)\](?::(?P<port6>[0-9]+))?", entry)
    if match:
        target, port = match["six"], match["port6"]
    elif entry.count(":") == 1:
        target, port = entry.split(":")
    else:
        target, port = entry, None
    if port is None:
        return target, None
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError("%s has no port between 1 and 65535." % entry)
    return target, int(port)
