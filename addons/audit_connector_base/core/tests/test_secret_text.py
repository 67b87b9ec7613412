import pytest

from odoo.addons.audit_connector_base.core import secret_text


@pytest.mark.parametrize("text", ["hunter2", "Straße 7 ☃", " spaces around ", "-----BEGIN KEY-----\nx\n", "x" * 65536])
def test_texts_that_can_be_stored_pass(text):
    secret_text.check(text)


@pytest.mark.parametrize("text", ["", " \n", "hunter2\x00", "hunter2\ud800", "\udfffhunter2", "hunter2" * 10000])
def test_texts_that_cannot_be_stored_are_refused_and_not_quoted(text):
    with pytest.raises(ValueError) as caught:
        secret_text.check(text)
    assert type(caught.value) is ValueError, "others carry the text along"
    assert "hunter2" not in str(caught.value.args)
