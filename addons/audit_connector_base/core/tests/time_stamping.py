"""A time-stamping authority (RFC 3161) for tests: ``openssl ts`` with a certificate of its own."""

import subprocess

CONFIGURATION = """
[ req ]
distinguished_name = name
prompt = no
[ name ]
CN = Time-Stamping Authority of the Tests
[ extensions ]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
[ tsa ]
default_tsa = stamping
[ stamping ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/certificate.pem
signer_key = {folder}/key.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


class StampingAuthority:
    """``folder``: an empty one, for its key, certificate and serial numbers."""

    def __init__(self, folder):
        self._folder = folder
        self._configuration = folder / "openssl.cnf"
        self._configuration.write_text(CONFIGURATION.format(folder=folder))
        (folder / "serial").write_text("01\n")
        _openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-config", self._configuration,
            "-extensions", "extensions", "-keyout", folder / "key.pem", "-out", self.certificate,
        )  # fmt: skip

    @property
    def certificate(self):
        return self._folder / "certificate.pem"

    def stamp(self, content, digest="sha256", as_token=False):
        """The answer over ``content``, DER; ``as_token``: only the token in it."""
        data, query, answer = (self._folder / name for name in ("data", "query", "answer"))
        data.write_bytes(content)
        _openssl("ts", "-query", "-data", data, "-" + digest, "-cert", "-out", query)
        _openssl(
            "ts", "-reply", "-config", self._configuration, "-queryfile", query, "-out", answer,
            *(["-token_out"] if as_token else []),
        )  # fmt: skip
        return answer.read_bytes()


def _openssl(*arguments):
    command = ["openssl", *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
