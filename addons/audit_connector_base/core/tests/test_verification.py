import base64
import hashlib
import hmac

import pytest

from odoo.addons.audit_connector_base.core import problem, signatures, verification
from odoo.addons.audit_connector_base.core.problem import Refusal
from odoo.addons.audit_connector_base.core.rate import MAX_BUCKETS, Buckets

NOW = 1_774_949_400
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
PLAIN = "a-secret-of-the-platform"


def refused(scheme, secrets, headers, body=b"{}", **options):
    with pytest.raises(Refusal) as caught:
        verification.verify(scheme, secrets, headers, body, now=NOW, **options)
    assert caught.value.status == 401
    return caught.value.code


def signed(body=b"{}", then=NOW, secret=SECRET):
    return {
        "webhook-id": "m-1",
        "webhook-timestamp": str(then),
        "webhook-signature": signatures.sign(secret, "m-1", then, body),
    }


def test_standard_webhooks_cover_the_id():
    scheme = verification.Scheme("standard_webhooks")
    assert verification.verify(scheme, [signatures.new_secret(), SECRET], signed(), b"{}", now=NOW) == "m-1"
    assert refused(scheme, [SECRET], {**signed(), "webhook-id": "m-2"}) == "signature"
    assert refused(scheme, [SECRET], signed(), b"{ }") == "signature"
    assert refused(scheme, [], signed()) == "signature"
    assert refused(scheme, [SECRET], {}) == "signature"


@pytest.mark.parametrize("age", [-301, 301])
def test_the_time_counts_only_after_the_signature(age):
    scheme = verification.Scheme("standard_webhooks")
    assert refused(scheme, [SECRET], signed(then=NOW - age)) == "timestamp"
    assert refused(scheme, [signatures.new_secret()], signed(then=NOW - age)) == "signature"


@pytest.mark.parametrize("form", verification.FORMS)
@pytest.mark.parametrize("algorithm", verification.ALGORITHMS)
@pytest.mark.parametrize("encoding", verification.ENCODINGS)
def test_hmac_in_a_header(form, algorithm, encoding):
    scheme = verification.Scheme("hmac", "X-Sig", algorithm, encoding, "s=", form, "X-Time")
    before, timed = verification.FORMS[form]
    text = (before % b"%d" % NOW if timed else before) + b"{}"
    digest = hmac.new(PLAIN.encode(), text, getattr(hashlib, algorithm)).digest()
    signature = "s=" + (digest.hex() if encoding == "hex" else base64.b64encode(digest).decode())
    headers = {"X-Sig": signature, "X-Time": str(NOW)}
    assert verification.verify(scheme, ["another-secret-of-it", PLAIN], headers, b"{}", now=NOW) is None
    assert refused(scheme, [PLAIN], headers, b"{} ") == "signature"
    assert refused(scheme, ["another-secret-of-it"], headers) == "signature"
    assert refused(scheme, [], headers) == "signature"
    assert refused(scheme, [PLAIN], {**headers, "X-Sig": signature[2:]}) == "signature"
    if timed:
        assert refused(scheme, [PLAIN], {**headers, "X-Time": str(NOW + 1)}) == "signature"
        for none in ("", "1774949400.0", "١٧٧٤٩٤٩٤٠٠", "177494940"):
            assert refused(scheme, [PLAIN], {**headers, "X-Time": none}) == "signature"


def test_an_empty_secret_list_never_lets_a_signature_of_nothing_in():
    signature = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
    assert refused(verification.Scheme("hmac", "X-Sig"), [], {"X-Sig": signature}) == "signature"
    assert refused(verification.Scheme("bearer"), [], {"Authorization": "Bearer "}) == "signature"
    assert refused(verification.Scheme("mutual_tls", "X-C"), [], {}, through_proxy=True) == "signature"


def test_certificates_are_compared_however_they_are_written():
    scheme = verification.Scheme("mutual_tls", "X-C", certificates=("AA:bb:0C", "CN=platform,O=Example"))
    for shown in ("aabb0c", "AA:BB:0C", " CN=platform,O=Example "):
        assert verification.verify(scheme, [], {"X-C": shown}, b"{}", through_proxy=True) is None
        assert refused(scheme, [], {"X-C": shown}) == "signature"
    for shown in ("", "aabb", "CN=platform", "aabb0c,aabb0c"):
        assert refused(scheme, [], {"X-C": shown}, through_proxy=True) == "signature"


def test_nobody_is_refused_like_anybody():
    with pytest.raises(Refusal) as nobody:
        verification.verify_as_nobody(signed(), b"{}")
    with pytest.raises(Refusal) as anybody:
        verification.verify(verification.Scheme("bearer"), [PLAIN], {}, b"{}")
    assert (nobody.value.body(), nobody.value.headers) == (anybody.value.body(), anybody.value.headers)
    assert b"unknown" not in nobody.value.body()


@pytest.mark.parametrize(
    ("scheme", "text"),
    [
        ("standard_webhooks", "whsk_" + SECRET.partition("_")[2]),
        ("standard_webhooks", PLAIN),
        ("bearer", "short"),
        ("hmac", "with a line\nbreak and more"),
        ("hmac", "täuschend lang genug"),
    ],
)
def test_secrets_that_cannot_verify_are_refused(scheme, text):
    with pytest.raises(ValueError, match=".") as caught:
        verification.check_secret(scheme, text)
    assert text not in str(caught.value)


def test_the_sender_is_who_a_trusted_proxy_says():
    proxies = verification.networks("10.0.0.0/8, 2001:db8::1")
    address = verification.sender_address
    assert address("192.0.2.1", "203.0.113.9", proxies) == ("192.0.2.1", False)
    assert address("10.0.0.1", "203.0.113.9", proxies) == ("203.0.113.9", True)
    assert address("10.0.0.1", "6.6.6.6, 203.0.113.9, 10.0.0.2", proxies) == ("203.0.113.9", True)
    assert address("::ffff:10.0.0.1", "203.0.113.9", proxies) == ("203.0.113.9", True)
    assert address("10.0.0.1", None, proxies) == ("10.0.0.1", True)
    assert address("10.0.0.1", "nonsense", proxies) == ("10.0.0.1", True)
    assert address("", "203.0.113.9", proxies) == ("", False)


def test_senders_are_counted_by_what_one_of_them_holds():
    assert verification.source_of("203.0.113.9") == "203.0.113.9"
    assert verification.source_of("::ffff:203.0.113.9") == "203.0.113.9"
    assert verification.source_of("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert verification.source_of("x") == "unknown"


def test_buckets_let_as_many_in_as_they_may():
    clock = [0.0]
    buckets = Buckets(lambda: clock[0])
    assert [buckets.take("a", 2) for _time in range(3)] == [0, 0, 30]
    assert buckets.take("b", 2) == 0
    clock[0] = 30
    assert [buckets.take("a", 2) for _time in range(2)] == [0, 30]


def test_processes_share_a_limit_and_none_is_left_without():
    buckets = Buckets(lambda: 0.0)
    assert [buckets.take("a", 8, 4) for _time in range(3)] == [0, 0, 30]
    assert [buckets.take("b", 1, 4) for _time in range(2)] == [0, 60]


def test_buckets_do_not_grow_for_ever():
    buckets = Buckets(lambda: 0.0)
    for number in range(MAX_BUCKETS + 5):
        buckets.take(number, 1)
    assert len(buckets._levels) == MAX_BUCKETS


def test_a_problem_has_the_members_of_the_standard():
    document = problem.document(409, "conflict", "Über", conflicts=[])
    assert document.decode() == (
        '{"type":"urn:odoo-audit:problem:conflict","title":"Conflict","status":409,"detail":"Über","conflicts":[]}'
    )
    assert problem.document(400, "x", "\ud800")
