import base64

import pytest

from odoo.addons.audit_connector_base.core import ssh_keys

# Made with ssh-keygen, which printed the fingerprint.
LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDy1KBPAR92vpiRUMTujXV7SY0I0AkMApKJHrpIBKssd"
FINGERPRINT = "SHA256:whh0EihKN6R9bCob8ijpR+OG7qbuCutwXJE93Q/iBO4"


@pytest.mark.parametrize(
    "text, type",
    [
        (LINE, "ssh-ed25519"),
        (LINE + " server@example.com", "ssh-ed25519"),
        ("[files.example.com]:2222,10.0.0.1 %s" % LINE, "ssh-ed25519"),
        ("\n# of files.example.com\n  %s  \n" % LINE, "ssh-ed25519"),
        (FINGERPRINT, ""),
        (FINGERPRINT + "=", ""),
    ],
)
def test_a_host_key_is_read_as_openssh_writes_it(text, type):
    assert ssh_keys.parse(text) == [ssh_keys.HostKey(type, FINGERPRINT)]


def test_a_server_may_have_several_keys():
    assert len(ssh_keys.parse(LINE + "\n" + FINGERPRINT)) == 2
    assert ssh_keys.parse(None) == []


def test_a_line_holds_what_it_was_made_from():
    blob = base64.b64decode(LINE.split()[1])
    assert ssh_keys.line("ssh-ed25519", blob) == LINE
    assert ssh_keys.fingerprint(blob) == FINGERPRINT


@pytest.mark.parametrize(
    "text",
    [
        "whh0EihKN6R9bCob8ijpR",
        "MD5:aa:bb",
        LINE[:40],
        LINE.replace("AAAAC3", "AAAAC4"),
        "ssh-ed25519",
        "ssh-rsa %s" % LINE.split()[1],
        "ssh-ed25519 %%%",
    ],
)
def test_what_is_no_host_key_is_refused_by_its_line(text):
    with pytest.raises(ValueError, match="is no host key"):
        ssh_keys.parse(text)
