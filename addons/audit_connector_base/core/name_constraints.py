"""Which names a certificate authority may give (RFC 5280, section 4.2.1.10).

Names are compared as the bytes that stand in the certificate. What is not understood counts as not permitted.
"""

import ipaddress
from urllib.parse import urlsplit

_READABLE = {"directory_name", "dns_name", "ip_address", "rfc822_name", "uniform_resource_identifier"}
_EMAIL = "email_address"


class NameRefused(ValueError):
    """A name that the authority may not give; the text says which."""


def check(certificate, limits):
    """Refuse a certificate with a name outside of ``limits``, an ``asn1crypto.x509.NameConstraints``.

    :raises NameRefused: naming the first such name
    """
    permitted, excluded = (_subtrees(limits[name]) for name in ("permitted_subtrees", "excluded_subtrees"))
    if not permitted and not excluded:
        raise NameRefused("the limits of names are empty")
    limited = {kind for kind, _base in [*permitted, *excluded]}
    for kind, name in _names(certificate):
        if kind not in limited:
            continue
        if kind not in _READABLE:
            raise NameRefused("names of the kind %s cannot be compared" % kind)
        words = "%s %s" % (kind.replace("_", " "), _shown(kind, name))
        allowed = [base for base_kind, base in permitted if base_kind == kind]
        if allowed and not any(_lies_within(kind, name, base, False) for base in allowed):
            raise NameRefused("%s is not permitted" % words)
        if any(_lies_within(kind, name, base, True) for base_kind, base in excluded if base_kind == kind):
            raise NameRefused("%s is excluded" % words)


def _subtrees(subtrees):
    """``[(kind, value)]`` of the names at the top of subtrees; the RFC knows no other depths than all."""
    found = []
    for subtree in subtrees:
        if subtree["minimum"].native or subtree["maximum"].native is not None:
            raise NameRefused("the limits of names have depths")
        found.append(_of(subtree["base"]))
    return found


def _names(certificate):
    """``[(kind, value)]`` of all names of a certificate."""
    subject, alternatives = certificate.subject, certificate.subject_alt_name_value
    found = [_of(one) for one in alternatives or ()]
    if len(subject.chosen):
        found.append(("directory_name", subject.chosen))
    if not any(kind == "rfc822_name" for kind, _value in found):
        # Authorities of old wrote e-mail addresses into the name of the subject.
        parts = [part for together in subject.chosen for part in together]
        found += [("rfc822_name", part["value"].native) for part in parts if part["type"].native == _EMAIL]
    return found


def _of(general_name):
    """``(kind, value)``: text of what is written in ASCII, bytes of addresses, the parts of a directory name."""
    kind = general_name.name
    if kind == "directory_name":
        return kind, general_name.chosen.chosen
    if kind == "ip_address":
        return kind, general_name.chosen.contents
    if kind in _READABLE:
        return kind, general_name.chosen.contents.decode("ascii")
    return kind, None


def _lies_within(kind, name, base, if_unclear):
    """Whether ``name`` lies in the subtree at ``base``; ``if_unclear``: the answer where that cannot be said."""
    if kind == "directory_name":
        return len(base) <= len(name) and all(one == other for one, other in zip(base, name))
    if kind == "ip_address":
        return _is_in_network(name, base, if_unclear)
    if kind == "dns_name":
        return _is_host_within(name, base, True)
    if kind == "rfc822_name":
        local, at, host = name.rpartition("@")
        if not at:
            return if_unclear
        if "@" in base:
            base_local, _at, base_host = base.rpartition("@")
            return local == base_local and host.lower() == base_host.lower()
        return _is_host_within(host, base, False)
    host = urlsplit(name).hostname
    return _is_host_within(host, base, False) if host and not _is_address(host) else if_unclear


def _is_host_within(host, base, with_subdomains):
    """A leading dot in ``base`` stands for at least one label; ``with_subdomains``: so does none."""
    if not base:
        return True
    host, base = host.lower().rstrip("."), base.lower().rstrip(".")
    if base.startswith("."):
        return host.endswith(base) and host != base
    return host == base or with_subdomains and host.endswith("." + base)


def _is_address(host):
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_in_network(name, base, if_unclear):
    """``base``: an address followed by a mask."""
    if len(base) not in (8, 32):
        return if_unclear
    if len(base) != 2 * len(name):
        return False
    network, mask = base[: len(name)], base[len(name) :]
    return all(one & bits == other & bits for one, other, bits in zip(name, network, mask))


def _shown(kind, name):
    if kind == "directory_name":
        return ", ".join(str(part["value"].native) for together in name for part in together)
    return name.hex() if kind == "ip_address" else name
