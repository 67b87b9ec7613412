"""Certificates, and a PDF signed with one, made by ``openssl`` as a bank's system would."""

import subprocess

ROOM = 8192  # hex digits kept free for the signature
BODY = b"%%PDF-1.7\n1 0 obj\n<< /Type /Sig /ByteRange [%s] /Contents <%s> >>\nendobj\nBalance 800.00\n%%%%EOF\n"


def run(folder, *command):
    subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)


def make_authority(folder, subject="/O=Trust Centre/CN=Root"):
    """Make an authority, ``root.pem`` beside its key; returns the certificate as text."""
    run(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key",
        "-out", "root.pem", "-days", "9", "-subj", subject)  # fmt: skip
    return (folder / "root.pem").read_text()


def issue(folder, subject, *extensions):
    """Have the authority of the folder issue a certificate, ``certificate.pem`` beside its key."""
    (folder / "extensions").write_text("\n".join(extensions))
    run(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem",
        "-out", "asked.pem", "-subj", subject)  # fmt: skip
    run(folder, "x509", "-req", "-in", "asked.pem", "-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "7",
        "-days", "5", "-sha256", "-extfile", "extensions", "-out", "certificate.pem")  # fmt: skip


def signed(keys, *options):
    """A PDF with a signature over all of it but the signature itself (ISO 32000-1, 12.8.1).

    :param keys: a folder with ``certificate.pem`` and ``key.pem``
    """
    empty = BODY % (b" " * 40, b"0" * ROOM)
    start = empty.index(b"/Contents <") + len(b"/Contents ")
    end = start + ROOM + 2
    ranges = b"0 %d %d %d" % (start, end, len(empty) - end)
    body = BODY % (ranges.ljust(40), b"0" * ROOM)
    (keys / "body").write_bytes(body[:start] + body[end:])
    run(keys, "cms", "-sign", "-binary", "-in", "body", "-signer", "certificate.pem", "-inkey", "key.pem",
        "-md", "sha256", "-outform", "DER", "-out", "signature", *options)  # fmt: skip
    signature = (keys / "signature").read_bytes().hex().encode().ljust(ROOM, b"0")
    return body[: start + 1] + signature + body[end - 1 :]
