import hashlib
import json

import pytest

from odoo.addons.audit_connector_base.core import canonical, cloudevents
from odoo.addons.audit_connector_base.core.cloudevents import CloudEventError

DATA = canonical.dumps({"number": "INV/2026/00001", "amount": "100.10", "name": "Café"})
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def envelope(**changes):
    return cloudevents.envelope(
        **{
            "event_id": "0193577c-5c00-7000-8000-000000000001",
            "type": "invoice.posted",
            "source": "/odoo/0f6d3c2e-0000-4000-8000-000000000001/company/1",
            "subject": "account.move/42",
            "time": "2026-11-23T12:00:00.000000Z",
            "data_bytes": DATA,
            "dataschema": "urn:odoo-audit:contract:invoice:1",
            "traceparent": TRACE,
            "extensions": {"sequence": 3, "zone": "ü", "replay": True},
            **changes,
        }
    )


def event(**changes):
    members = {"specversion": "1.0", "id": "1", "source": "/x", "type": "a.b", **changes}
    return json.dumps({k: v for k, v in members.items() if v is not ...}).encode()


def test_the_payload_stands_in_the_envelope_unchanged_and_the_whole_is_canonical():
    body = envelope()
    assert b'"data":' + DATA + b"," in body
    assert canonical.dumps(canonical.loads_strict(body)) == body


def test_what_was_written_is_read_back():
    parsed = cloudevents.parse(envelope())
    assert (parsed.type, parsed.subject, parsed.datacontenttype) == (
        "invoice.posted",
        "account.move/42",
        "application/json",
    )
    assert parsed.data == canonical.loads_strict(DATA)
    assert parsed.extensions == {"traceparent": TRACE, "sequence": 3, "zone": "ü", "replay": True}


def test_what_is_not_given_is_absent_and_not_null():
    members = json.loads(envelope(subject=None, dataschema=None, traceparent=None, extensions=None))
    assert set(members) == {"id", "source", "specversion", "type", "datacontenttype", "time", "data"}


@pytest.mark.parametrize(
    "data", [b'{"b":1,"a":2}', b'{ "a":1}', b'{"a":1.5}', b'{"a":1},"id":"x"', b'{"a":1,"a":1}', b"", b"\xff"]
)
def test_data_that_is_not_canonical_cannot_slip_into_an_envelope(data):
    with pytest.raises(CloudEventError, match="data"):
        envelope(data_bytes=data)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"event_id": ""}, "id: must be text"),
        ({"event_id": None}, "id: is missing"),
        ({"type": "a\nb"}, "type: holds a control"),
        ({"source": "a b"}, "source: is no URI"),
        ({"time": "2026-11-23"}, "time: is no RFC 3339"),
        ({"dataschema": "invoice/1"}, "dataschema: is no absolute URI"),
        ({"traceparent": "00-" + "0" * 32 + "-b7ad6b7169203331-01"}, "traceparent: is no"),
        ({"extensions": {"Upper": "x"}}, "lower-case"),
        ({"extensions": {"id": "x"}}, "name of an attribute"),
        ({"extensions": {"data": "x"}}, "name of an attribute"),
        ({"extensions": {"big": 2**31}}, "32 bits"),
        ({"extensions": {"list": []}}, "must be text, an integer"),
        ({"extensions": {"bad": "\ud800"}}, "canonically"),
    ],
)
def test_a_wrong_attribute_is_refused_when_writing(changes, reason):
    with pytest.raises(CloudEventError, match=reason):
        envelope(**changes)


def test_events_of_others_are_read_with_nulls_as_absent():
    parsed = cloudevents.parse(event(subject=None, data=None, sampled=False))
    assert parsed == ("1", "/x", "a.b", None, None, None, None, None, {"sampled": False})


@pytest.mark.parametrize(
    "body, reason",
    [
        (event(id=...), "id: is missing"),
        (event(type=...), "type: is missing"),
        (event(source=None), "source: is missing"),
        (event(specversion=...), "specversion: is missing"),
        (event(specversion="0.3"), "only 1.0"),
        (event(specversion=1), "must be text"),
        (event(id=7), "id: must be text"),
        (event(data_base64="AA=="), "binary data"),
        (event(time="yesterday"), "RFC 3339"),
        (event(traceparent=5), "traceparent"),
        (event(nested={"a": 1}), "must be text, an integer"),
        (event(data={"a": 1.5}), "not readable"),
        (b"[]", "JSON object"),
        (b"{", "not readable"),
        (b'{"id":"1","id":"2"}', "not readable"),
    ],
)
def test_a_wrong_event_is_refused_when_reading(body, reason):
    with pytest.raises(CloudEventError, match=reason):
        cloudevents.parse(body)


def test_a_traceparent_is_well_formed_and_each_span_new():
    made = {cloudevents.traceparent("0af7651916cd43dd8448eb211c80319c") for _ in range(50)}
    assert len(made) == 50
    assert {cloudevents.parse_traceparent(header)[0] for header in made} == {"0af7651916cd43dd8448eb211c80319c"}
    assert cloudevents.traceparent() != cloudevents.traceparent()


@pytest.mark.parametrize("trace_id", ["0" * 32, "A" * 32, "ab", "0af7651916cd43dd8448eb211c80319c\n"])
def test_a_trace_id_that_others_would_discard_is_refused(trace_id):
    with pytest.raises(ValueError, match="traceparent"):
        cloudevents.traceparent(trace_id)


@pytest.mark.parametrize("header", [None, "", TRACE.upper(), "ff" + TRACE[2:], TRACE + "-00", TRACE[:-1]])
def test_a_malformed_traceparent_is_refused(header):
    with pytest.raises(ValueError, match="traceparent"):
        cloudevents.parse_traceparent(header)


def test_data_with_its_recorded_digest_is_not_read_again_and_another_is_refused():
    digest = hashlib.sha256(DATA).hexdigest()
    assert envelope(data_sha256=digest) == envelope()
    with pytest.raises(CloudEventError, match="not those that were recorded"):
        envelope(data_sha256=digest, data_bytes=DATA + b" ")
