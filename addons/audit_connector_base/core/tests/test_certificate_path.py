"""Chains of certificates, made here one by one; ``openssl verify`` judges each of them as well."""

import subprocess
from datetime import datetime, timedelta, timezone
from ipaddress import ip_network

import pytest
from asn1crypto import x509 as parsed
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from odoo.addons.audit_connector_base.core import certificate_path, timestamp
from odoo.addons.audit_connector_base.core.certificate_path import PathError

NOW = datetime.now(timezone.utc).replace(tzinfo=None)
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
POLICIES = x509.CertificatePolicies([x509.PolicyInformation(ObjectIdentifier("1.2.3.4"), None)])
# id-pe-policyConstraints with requireExplicitPolicy 0: a path without policies is no path.
DEMANDS_POLICY = x509.UnrecognizedExtension(ObjectIdentifier("2.5.29.36"), bytes.fromhex("3003800100"))
FOREIGN = x509.UnrecognizedExtension(ObjectIdentifier("1.3.6.1.4.1.99999.1"), b"\x05\x00")


def name(common, organisation="Stamps"):
    parts = [(NameOID.COUNTRY_NAME, "LU"), (NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts])


def within(organisation):
    return x509.DirectoryName(x509.Name(list(name("Any", organisation))[:2]))


class Issuer:
    """A certificate with its key. ``path_length``: None for an authority without a limit, False for no authority."""

    def __init__(self, subject, issuer=None, path_length=None, extensions=(), key=None, days=30):
        self.name, self.key = subject, key or ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.name if issuer else subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=days))
        )
        if path_length is False:
            builder = builder.add_extension(STAMPING, critical=True)
        else:
            builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        self.certificate = builder.sign(issuer.key if issuer else self.key, hashes.SHA256())

    @property
    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def parsed(self):
        return parsed.Certificate.load(self.certificate.public_bytes(Encoding.DER))


def leaf(issuer, subject=None, *alternatives, extensions=()):
    names = [(x509.SubjectAlternativeName(list(alternatives)), False)] if alternatives else []
    return Issuer(subject or name("Time authority"), issuer, False, [*names, *extensions])


def chain(*limits, leaf_name=None, alternatives=(), extensions=()):
    """Root, an authority for each of ``limits`` (names that are limited, or None), and the one that signs stamps."""
    found = [Issuer(name("Root"))]
    for number, limit in enumerate(limits):
        limited = [(limit, True)] if limit else []
        found.append(Issuer(name("Authority %d" % number), found[-1], None, limited))
    return [*found, leaf(found[-1], leaf_name, *alternatives, extensions=extensions)]


def lengths(*path_lengths):
    """A chain in which each authority says how many others may stand below it."""
    found = []
    for number, length in enumerate(path_lengths):
        found.append(Issuer(name("Authority %d" % number), found[-1] if found else None, length))
    return [*found, leaf(found[-1])]


def signed_by_the_last(certificates):
    return [*certificates, leaf(certificates[-1])]


def judged(certificates, time=None):
    """The path that is found for the last of ``certificates``, of which the first is trusted."""
    root, *between, last = [one.parsed for one in certificates]
    time = time or NOW.replace(tzinfo=timezone.utc)
    return certificate_path.find(last, between, [root], time, timestamp._has_signed)


def openssl_accepts(folder, certificates):
    for file, found in (("root", certificates[:1]), ("between", certificates[1:-1]), ("leaf", certificates[-1:])):
        (folder / file).write_bytes(b"".join(one.pem for one in found))
    command = ["openssl", "verify", "-purpose", "timestampsign", "-CAfile", "root"]
    command += ["-untrusted", "between", "leaf"] if len(certificates) > 2 else ["leaf"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).returncode == 0


def permitted(*names):
    return x509.NameConstraints(permitted_subtrees=list(names), excluded_subtrees=None)


def excluded(*names):
    return x509.NameConstraints(permitted_subtrees=None, excluded_subtrees=list(names))


DNS, MAIL, URI = x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier
NETWORK = x509.IPAddress(ip_network("10.1.0.0/16"))
ELSEWHERE = name("Time authority", "Elsewhere")
GOOD = {
    "no limits": lambda: chain(None, None),
    "lengths kept": lambda: lengths(2, 1, 0),
    "organisation permitted": lambda: chain(permitted(within("Stamps"))),
    "another one excluded": lambda: chain(excluded(within("Elsewhere"))),
    "kinds of names that are not there": lambda: chain(permitted(DNS("example.com"), MAIL("example.com"), NETWORK)),
    "host": lambda: chain(permitted(DNS("example.com")), alternatives=[DNS("tsa.example.com")]),
    "mailbox": lambda: chain(permitted(MAIL("example.com")), alternatives=[MAIL("tsa@example.com")]),
    "mailbox below": lambda: chain(permitted(MAIL(".example.com")), alternatives=[MAIL("tsa@a.example.com")]),
    "address": lambda: chain(permitted(URI(".example.com")), alternatives=[URI("https://tsa.example.com/x")]),
    "network": lambda: chain(permitted(NETWORK), alternatives=[x509.IPAddress(ip_network("10.1.2.3/32")[0])]),
    "policies are named": lambda: chain(None, extensions=[(POLICIES, True)]),
    "unknown and not critical": lambda: chain(None, extensions=[(FOREIGN, False)]),
}
BAD = {
    "one too many": (lambda: lengths(1, None, None), "path length"),
    "none allowed": (lambda: lengths(None, 0, None), "path length"),
    "an end entity that issues": (lambda: signed_by_the_last(lengths(None)), "no authority that is trusted"),
    "another organisation": (lambda: chain(permitted(within("Stamps")), leaf_name=ELSEWHERE), "Elsewhere"),
    "organisation excluded": (lambda: chain(excluded(within("Elsewhere")), leaf_name=ELSEWHERE), "is excluded"),
    "limit of the one above": (
        lambda: chain(permitted(within("Stamps")), permitted(within("Elsewhere")), leaf_name=ELSEWHERE),
        "is not permitted",
    ),
    "host": (lambda: chain(permitted(DNS("example.com")), alternatives=[DNS("notexample.com")]), "notexample.com"),
    "host excluded": (lambda: chain(excluded(DNS("example.com")), alternatives=[DNS("a.example.com")]), "is excluded"),
    "mailbox": (lambda: chain(permitted(MAIL("example.com")), alternatives=[MAIL("a@b.example.com")]), "rfc822"),
    "address": (
        lambda: chain(permitted(URI("example.com")), alternatives=[URI("https://example.org/")]), "example.org",
    ),
    "network": (
        lambda: chain(permitted(NETWORK), alternatives=[x509.IPAddress(ip_network("10.2.2.3/32")[0])]), "0a020203",
    ),
    "unknown and critical": (lambda: chain(None, extensions=[(FOREIGN, True)]), "1.3.6.1.4.1.99999.1"),
    "policies demanded": (lambda: chain(None, extensions=[(DEMANDS_POLICY, True)]), "policy_constraints"),
}  # fmt: skip


@pytest.mark.parametrize("case", GOOD)
def test_a_chain_that_keeps_to_its_limits_is_followed(case, tmp_path):
    certificates = GOOD[case]()
    assert len(judged(certificates)) == len(certificates)
    assert openssl_accepts(tmp_path, certificates)


@pytest.mark.parametrize("case", BAD)
def test_a_chain_that_oversteps_its_limits_is_refused(case, tmp_path):
    make, reason = BAD[case]
    certificates = make()
    with pytest.raises(PathError, match=reason):
        judged(certificates)
    if case != "policies demanded":
        # OpenSSL demands policies only where it is told to look at them.
        assert not openssl_accepts(tmp_path, certificates)


def test_an_authority_that_issues_to_itself_does_not_count_for_the_length():
    """OpenSSL is not asked: without numbers of keys it takes the wrong one of the two for the issuer."""
    root = Issuer(name("Root"), None, 1)
    first = Issuer(name("Authority"), root, None)
    renewed = Issuer(name("Authority"), first, None)
    certificates = [root, first, renewed, leaf(renewed)]
    assert len(judged(certificates)) == 4


def test_an_old_e_mail_address_in_the_name_is_limited_as_well(tmp_path):
    subject = x509.Name([*name("Time authority"), x509.NameAttribute(NameOID.EMAIL_ADDRESS, "a@example.org")])
    certificates = chain(permitted(MAIL("example.com")), leaf_name=subject)
    with pytest.raises(PathError, match="a@example.org"):
        judged(certificates)
    assert not openssl_accepts(tmp_path, certificates)


def test_a_limit_on_names_that_cannot_be_compared_refuses_them():
    limit = permitted(x509.RegisteredID(ObjectIdentifier("1.2.3")))
    assert judged(chain(limit))
    with pytest.raises(PathError, match="cannot be compared"):
        judged(chain(limit, alternatives=[x509.RegisteredID(ObjectIdentifier("1.2.3.4"))]))


def test_a_path_that_holds_is_found_beside_one_that_does_not():
    """Two certificates of one authority: an old one that may issue to nobody below, and a new one."""
    root, key = Issuer(name("Root")), ec.generate_private_key(ec.SECP256R1())
    new, old = (Issuer(name("Authority"), root, length, key=key) for length in (1, 0))
    below = Issuer(name("Authority below"), new)
    for between in ([old, new], [new, old]):
        assert judged([root, *between, below, leaf(below)])[2].dump() == new.parsed.dump()


def test_every_certificate_has_to_be_good_at_the_time():
    root = Issuer(name("Root"), days=90)
    authority = Issuer(name("Authority"), root, days=5)
    certificates = [root, authority, leaf(authority)]
    assert judged(certificates)
    with pytest.raises(PathError, match="not good at that time"):
        judged(certificates, (NOW + timedelta(days=6)).replace(tzinfo=timezone.utc))


def test_many_certificates_of_one_name_are_not_tried_in_every_order():
    """An answer has room for a few hundred of them."""
    key, asked = ec.generate_private_key(ec.SECP256R1()), []
    same = [Issuer(name("Authority"), None, None, key=key).parsed for _number in range(60)]
    last = leaf(Issuer(name("Authority"), None, None, key=key)).parsed

    def has_signed(issuer, certificate):
        asked.append(1)
        return timestamp._has_signed(issuer, certificate)

    with pytest.raises(PathError, match="too many ways"):
        certificate_path.find(last, same, [Issuer(name("Root")).parsed], NOW.replace(tzinfo=timezone.utc), has_signed)
    assert len(asked) <= 200
