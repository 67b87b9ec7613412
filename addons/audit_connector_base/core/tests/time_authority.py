"""A time-stamping authority on this machine: ``openssl ts``, with a root of its own."""

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIGURATION = """
[ req ]
distinguished_name = name
[ name ]
[ root ]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
[ stamping ]
extendedKeyUsage = critical, timeStamping
[ tsa ]
default_tsa = authority
[ authority ]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class TimeAuthority:
    """``folder``: where its keys lie; ``key``: options of ``openssl genpkey``."""

    def __init__(self, folder, key=("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "conf").write_text(CONFIGURATION.format(folder=self.folder))
        (self.folder / "serial").write_text("01\n")
        for name in ("root", "tsa"):
            self._run("genpkey", *key, "-out", name + ".key")
        conf = ("-config", "conf")
        self._run("req", "-x509", "-new", "-key", "root.key", "-subj", "/CN=Test root", "-extensions", "root",
                  "-days", "30", "-out", "root.pem", *conf)  # fmt: skip
        self._run("req", "-new", "-key", "tsa.key", "-subj", "/CN=Test time authority", "-out", "tsa.csr", *conf)
        self._run("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
                  "-days", "30", "-extfile", "conf", "-extensions", "stamping", "-out", "tsa.pem")  # fmt: skip

    @property
    def root_file(self):
        return self.folder / "root.pem"

    @property
    def root(self):
        """PEM text."""
        return self.root_file.read_text()

    def stamp(self, content, digest="sha256", as_token=False):
        """Return the answer over ``content``, DER; ``as_token``: only the token in it."""
        (self.folder / "data").write_bytes(content)
        self._run("ts", "-query", "-data", "data", "-" + digest, "-cert", "-out", "query")
        answer = self.answer((self.folder / "query").read_bytes())
        if not as_token:
            return answer
        self._run("ts", "-reply", "-in", "response", "-token_out", "-out", "token")
        return (self.folder / "token").read_bytes()

    def answer(self, request):
        """Return the DER answer to a DER request."""
        (self.folder / "request").write_bytes(request)
        self._run("ts", "-reply", "-queryfile", "request", "-config", "conf", "-section", "authority",
                  "-signer", "tsa.pem", "-inkey", "tsa.key", "-chain", "root.pem", "-out", "response")  # fmt: skip
        return (self.folder / "response").read_bytes()

    def verify(self, response, data):
        """What ``openssl ts -verify`` says."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "response").write_bytes(response)
        return self._run("ts", "-verify", "-data", "data", "-in", "response", "-CAfile", "root.pem")

    def _run(self, *arguments):
        command = ["openssl", *arguments]
        ended = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise RuntimeError("%s: %s" % (" ".join(command), ended.stderr))
        return ended.stdout


class TimeServer:
    """An authority behind HTTP (RFC 3161, section 3.4); ``spoil`` changes an answer before it is sent."""

    def __init__(self, authority):
        self.status, self.spoil = 200, lambda answer: answer
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                answer = server.spoil(authority.answer(request))
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.host = "127.0.0.1:%d" % self._server.server_address[1]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
