"""The counterparty that takes and gives files: an SFTP server on this machine, for the tests.

``asyncssh`` needs a newer ``cryptography`` than Odoo pins, so it runs in an environment of its own.

    python sftp.py --port 0 --folder DIR --user archive --password-file FILE --host-key FILE [--authorized-keys FILE]

================================  ==================================================================================
``--no-posix-rename``             lacks the extension with which a file replaces another, as old servers do
``--quota BYTES``                 has so much room for what is written, then fails as a full disk
``--taken-at-once``               moves every finished file away, as a platform does that watches its folder
``--stall SECONDS``               waits so long before each answer to a writing
================================  ==================================================================================

The host key is made when its file is not there. Paths are inside the folder. Prints ``ready <port>`` when it listens;
stops on SIGTERM.
"""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import asyncssh


class Files(asyncssh.SFTPServer):
    """The folder as it is seen over SFTP."""

    options = None
    written = 0

    def __init__(self, chan):
        super().__init__(chan, chroot=str(self.options.folder).encode())

    async def write(self, file_obj, offset, data):
        await asyncio.sleep(self.options.stall)
        Files.written += len(data)
        if self.options.quota is not None and Files.written > self.options.quota:
            raise asyncssh.SFTPFailure("Failure")
        return super().write(file_obj, offset, data)

    def rename(self, oldpath, newpath):
        # As version 3 of the protocol and OpenSSH say: never over a file that is there.
        if Path(self.map_path(newpath).decode()).exists():
            raise asyncssh.SFTPFailure("Failure")
        super().rename(oldpath, newpath)
        self._take(newpath)

    def posix_rename(self, oldpath, newpath):
        if not self.options.posix_rename:
            raise asyncssh.SFTPOpUnsupported("Operation unsupported")
        super().posix_rename(oldpath, newpath)
        self._take(newpath)

    def _take(self, path):
        here = Path(self.map_path(path).decode())
        if self.options.taken_at_once:
            taken = self.options.folder / "taken"
            taken.mkdir(exist_ok=True)
            here.rename(taken / here.name)


class Login(asyncssh.SSHServer):
    """One user, by password."""

    options = None

    def password_auth_supported(self):
        return self.options.password_file is not None

    def validate_password(self, username, password):
        return username == self.options.user and password == self.options.password_file.read_text().strip()


async def serve(options):
    """Listen until SIGTERM."""
    Files.options = Login.options = options
    if not options.host_key.exists():
        asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(options.host_key))
    server = await asyncssh.listen(
        "127.0.0.1",
        options.port,
        server_factory=Login,
        server_host_keys=[str(options.host_key)],
        authorized_client_keys=str(options.authorized_keys) if options.authorized_keys else None,
        sftp_factory=Files,
        login_timeout=10,
    )
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("ready %d" % server.get_port(), flush=True)
    await stop.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--user", default="archive")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--authorized-keys", type=Path)
    parser.add_argument("--host-key", type=Path, required=True)
    parser.add_argument("--no-posix-rename", dest="posix_rename", action="store_false")
    parser.add_argument("--quota", type=int)
    parser.add_argument("--taken-at-once", action="store_true")
    parser.add_argument("--stall", type=float, default=0.0)
    options = parser.parse_args()
    options.folder = options.folder.resolve()
    asyncio.run(serve(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
