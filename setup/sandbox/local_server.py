"""The web server of the counterparties of this folder: on loopback, until SIGTERM."""

import signal
import sys
import threading
from http.server import ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Serves on a port of 127.0.0.1; 0 takes a free one. Raises ``OSError`` when the port cannot be used."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, handler):
        super().__init__(("127.0.0.1", port), handler)

    def handle_error(self, request, client_address):
        """A client that goes away is no error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def serve(self):
        """Print ``ready <address>`` and answer until SIGTERM or Ctrl-C."""
        # shutdown() waits for the loop that the signal interrupts, so it needs a thread of its own.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=self.shutdown).start())
        print("ready http://127.0.0.1:%d" % self.server_port, flush=True)
        try:
            self.serve_forever(poll_interval=0.05)
        except KeyboardInterrupt:
            pass
        self.server_close()
