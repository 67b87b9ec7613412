"""Records of this addon's models, for the tests that walk through the models of the whole suite."""

import secrets


def _engagement(maker):
    maker.count += 1
    return maker.env["audit.engagement"].create(
        {
            "name": "%s, audit %d" % (maker.word, maker.count),
            "company_id": maker.company.id,
            "date_from": "2026-01-01",
            "date_to": "2026-12-31",
            "responsible_id": False,
        }
    )


def _request(maker):
    maker.count += 1
    return maker.env["audit.request"].create(
        {
            "engagement_id": maker.of("audit.engagement").id,
            "title": "%s, request %d" % (maker.word, maker.count),
            "description": maker.word,
        }
    )


def _document(maker):
    invoice = maker.env["account.move"].create({"ref": maker.word})
    return maker.env["audit.request.document"].create(
        {"request_id": _request(maker).id, "document": "account.move,%d" % invoice.id}
    )


def _evidence(maker):
    return maker.env["audit.evidence"]._add(_request(maker), [("%s.txt" % maker.word, secrets.token_bytes(8))])


def _evidence_file(maker):
    return maker.env["audit.evidence.file"].browse(_evidence(maker).attachment_id.res_id)


def _signoff(maker):
    """Given as if with the password, which no test of rights has."""
    request = _request(maker)
    request.with_env(maker.env)._note_identity("sign_off")
    return maker.env["audit.signoff"].create(
        {"res_model": request._name, "res_id": request.id, "level": "prepared", "note": maker.word}
    )


FACTORIES = {
    "audit.engagement": _engagement,
    "audit.evidence": _evidence,
    "audit.evidence.add": lambda maker: maker.env["audit.evidence.add"].create({"request_id": _request(maker).id}),
    "audit.evidence.file": _evidence_file,
    "audit.reason": lambda maker: maker.env["audit.reason"].create(
        {"request_id": _request(maker).id, "step": "cancel", "reason": maker.word}
    ),
    "audit.request": _request,
    "audit.request.document": _document,
    "audit.signed.off": lambda maker: maker.of("audit.request"),
    "audit.signoff": _signoff,
    "audit.signoff.give": lambda maker: maker.env["audit.signoff.give"].create(
        {"res_model": "audit.request", "res_id": _request(maker).id, "note": maker.word}
    ),
}
BUTTONS = {
    "audit.engagement": {
        "action_close",
        "action_open",
        "action_open_audit_trail",
        "action_open_requests",
        "action_sign_off",
    },
    "audit.evidence": {"action_download", "action_remove"},
    "audit.evidence.add": {"action_add"},
    "audit.reason": {"action_confirm"},
    "audit.request": {
        "action_add_files",
        "action_cancel",
        "action_complete",
        "action_open_audit_trail",
        "action_provide",
        "action_return",
        "action_sign_off",
        "action_start",
    },
    "audit.signed.off": {"action_sign_off"},
    "audit.signoff": {"action_open_record", "action_withdraw"},
    "audit.signoff.give": {"action_sign"},
}
DOCUMENTS = {"audit_case": lambda maker: maker.of("audit.request")}
