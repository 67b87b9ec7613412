import base64
import json
import random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256

from odoo.addons.audit_connector_base.core import client_assertion
from odoo.addons.audit_connector_base.core.client_assertion import AssertionRefused, Key

NOW = 1_800_000_000
CLIENT = "0190163d-8694-739b-aea5-966c26f8ad91"
AUDIENCE = "https://odoo.example/audit/v1/token"
PRIVATE = {
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "RS256": rsa.generate_private_key(65537, 2048),
}
PRIVATE["PS256"] = PRIVATE["RS256"]


def pem(private):
    form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(*form).decode()


KEYS = [Key(algorithm, pem(private)) for algorithm, private in PRIVATE.items()]


def encoded(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signature(algorithm, private, signed):
    if algorithm == "EdDSA":
        return private.sign(signed)
    if algorithm == "ES256":
        r, s = utils.decode_dss_signature(private.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if algorithm == "PS256":
        return private.sign(signed, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    return private.sign(signed, padding.PKCS1v15(), SHA256())


def statement(algorithm="ES256", header=None, private=None, drop=(), **claims):
    """A statement that is right, but for what is given."""
    header = {"alg": algorithm, **(header or {})}
    said = {"iss": CLIENT, "sub": CLIENT, "aud": AUDIENCE, "exp": NOW + 60, "iat": NOW, "jti": "number-1", **claims}
    said = {name: value for name, value in said.items() if name not in drop}
    signed = "%s.%s" % (encoded(header), encoded(said))
    private = private or PRIVATE[algorithm]
    return "%s.%s" % (signed, encoded(signature(algorithm, private, signed.encode())))


statement.right = statement()


def verify(text, keys=KEYS, client_id=CLIENT, audience=AUDIENCE):
    return client_assertion.verify(text, keys, client_id, audience, now=NOW)


@pytest.mark.parametrize("algorithm", sorted(client_assertion.ALGORITHMS))
def test_a_statement_signed_by_the_clients_key_is_believed(algorithm):
    found = verify(statement(algorithm, {"typ": "JWT"}), [key for key in KEYS if key.algorithm == algorithm])
    assert found == ("number-1", NOW + 60)
    assert client_assertion.claimed_client(statement(algorithm)) == CLIENT


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "somebody"}, "iss and sub"),
        ({"sub": CLIENT.upper()}, "iss and sub"),
        ({"aud": "https://odoo.example"}, "audience"),
        ({"aud": [AUDIENCE]}, "aud is missing or no text"),
        ({"exp": NOW - 31}, "expired"),
        ({"exp": NOW + 331}, "lives for more"),
        ({"exp": NOW + 299, "iat": NOW - 2}, "lives for more"),
        ({"exp": str(NOW + 60)}, "exp is no number"),
        ({"exp": True}, "exp is no number"),
        ({"exp": NOW + 60.5}, "exp is no number"),
        ({"exp": -1}, "exp is no number"),
        ({"iat": NOW + 40}, "iat lies in the future"),
        ({"nbf": NOW + 40}, "nbf lies in the future"),
        ({"jti": ""}, "jti"),
        ({"jti": "short"}, "jti"),
        ({"jti": 12345678}, "jti"),
        ({"jti": "x" * 257}, "jti"),
        ({"jti": "number\n1"}, "jti"),
    ],
)
def test_a_statement_that_says_something_wrong_is_refused(claims, reason):
    with pytest.raises(AssertionRefused, match=reason):
        verify(statement(**claims))


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "exp", "jti"])
def test_a_statement_that_leaves_something_out_is_refused(name):
    with pytest.raises(AssertionRefused, match=name):
        verify(statement(drop=[name]))


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/keys"},
        {"jwk": {"kty": "EC"}},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MII"]},
        {"crit": ["exp"]},
        {"b64": False},
        {"typ": "at+jwt"},
        {"kid": 7},
        {"kid": ""},
        {"kid": "x" * 200},
    ],
)
def test_a_header_that_brings_a_key_or_asks_for_more_is_refused(header):
    with pytest.raises(AssertionRefused, match="header|typ|kid"):
        verify(statement(header=header))


def test_the_algorithm_is_that_of_the_key():
    """Neither none, nor HMAC with the public key as its secret, nor another algorithm that the key could do."""
    signed = statement().rpartition(".")[0]
    for algorithm in ("none", "HS256", "ES384", None):
        forged = "%s.%s.%s" % (encoded({"alg": algorithm}), signed.split(".")[1], encoded(b"x" * 32))
        with pytest.raises(AssertionRefused, match="alg"):
            verify(forged)
    with pytest.raises(AssertionRefused, match="no key of the client for RS256"):
        verify(statement("RS256"), [Key("PS256", pem(PRIVATE["RS256"]))])


def test_only_the_clients_own_keys_count():
    stranger = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(AssertionRefused, match="no key of the client"):
        verify(statement(private=stranger))
    for keys in ([], [Key("EdDSA", pem(PRIVATE["EdDSA"]))]):
        with pytest.raises(AssertionRefused, match="no key of the client"):
            verify(statement(), keys)


def test_a_key_with_a_name_signs_under_no_other():
    named = [Key("ES256", pem(PRIVATE["ES256"]), "2026-a")]
    assert verify(statement(header={"kid": "2026-a"}), named)
    assert verify(statement(), named)
    with pytest.raises(AssertionRefused, match="no key"):
        verify(statement(header={"kid": "2026-b"}), named)
    assert verify(statement(header={"kid": "whatever"}), [Key("ES256", pem(PRIVATE["ES256"]))])


def test_what_was_signed_cannot_be_changed_afterwards():
    header, claims, signed = statement().split(".")
    other = encoded({**json.loads(base64.urlsafe_b64decode(claims + "==")), "jti": "number-2"})
    for forged in ("%s.%s.%s" % (header, other, signed), "%s.%s.%s" % (header, claims, signed[:-4] + "AAAA")):
        with pytest.raises(AssertionRefused):
            verify(forged)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        "e30.e30.",
        "e30.e30.e30",
        "%s.%s.%s" % (encoded([]), encoded({}), "AA"),
        "%s.%s.%s" % (encoded(b"\xff"), encoded({}), "AA"),
        "%s.%s.%s" % (encoded(b'{"alg":"ES256","alg":"RS256"}'), encoded({}), "AA"),
        "%s.%s.%s" % (encoded(b"[" * 3000), encoded({}), "AA"),
        "x" * 9000,
        statement() + "=",
        statement() + "\n",
        " " + statement(),
        statement()[:-1] + "_",
    ],
)
def test_what_is_no_statement_is_refused(text):
    with pytest.raises(AssertionRefused):
        verify(text)
    with pytest.raises(AssertionRefused):
        verify(text, [])


def test_two_texts_of_one_signature_are_not_two_statements():
    """64 bytes leave four bits of the last character unused; only their canonical form is taken."""
    text = statement()
    last = text[-1]
    twins = [letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" if letter != last]
    taken = 0
    for letter in twins:
        try:
            verify(text[:-1] + letter)
            taken += 1
        except AssertionRefused:
            continue
    assert taken == 0


def test_a_statement_with_bytes_changed_at_random_is_refused_as_such():
    chance = random.Random(20260331)
    for _time in range(2000):
        text = list(statement.right)
        for _change in range(chance.randrange(1, 4)):
            place = chance.randrange(len(text))
            text[place : place + chance.randrange(3)] = chance.choice(
                [".", "", "A", "e30", "\u00e9", "\0", "=", "-" * 50]
            )
        if "".join(text) != statement.right:
            with pytest.raises(AssertionRefused):
                verify("".join(text), KEYS[:1])


@pytest.mark.parametrize(
    ("algorithm", "text", "reason"),
    [
        ("ES256", "hello", "no public key in PEM form"),
        ("ES256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "no public key in PEM form"),
        ("ES256", "é", "no public key in PEM form"),
        ("ES256", pem(PRIVATE["RS256"]), "not one for ES256"),
        ("EdDSA", pem(PRIVATE["ES256"]), "not one for EdDSA"),
        ("PS256", pem(PRIVATE["EdDSA"]), "not one for PS256"),
        ("ES256", pem(ec.generate_private_key(ec.SECP384R1())), "not one for ES256"),
        ("RS256", pem(rsa.generate_private_key(65537, 1024)), "needs 2048"),
        ("HS256", pem(PRIVATE["RS256"]), "no algorithm"),
        ("ES256", "-----BEGIN EC PRIVATE KEY-----\nAAAA", "the private key"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused_with_the_reason(algorithm, text, reason):
    with pytest.raises(ValueError, match=reason):
        client_assertion.check_key(algorithm, text)


def test_keys_of_each_kind_are_taken():
    for key in KEYS:
        client_assertion.check_key(key.algorithm, "\n%s\n" % key.pem)
