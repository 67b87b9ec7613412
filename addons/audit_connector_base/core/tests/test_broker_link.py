"""The kept connection, with servers that behave as no broker should."""

import asyncio
import contextlib
import threading
import time

import pytest

from odoo.addons.audit_connector_base.core import dial
from odoo.addons.audit_connector_base.core.brokers.link import Address, Client, Link, Trouble, network_trouble


class EchoClient(Client):
    """Speaks lines: a line is sent, and a line comes back."""

    made = 0
    may_open = threading.Event()

    async def open(self):
        type(self).made += 1
        await asyncio.get_running_loop().run_in_executor(None, self.may_open.wait, 5)
        self.reader, self.writer = await asyncio.open_connection(sock=await self.dialled())
        await self.ask(b"hello")

    async def ask(self, line):
        self.writer.write(line + b"\n")
        answer = await self.reader.readline()
        if not answer:
            self.lose(dial.Unreachable("reset", "the connection was closed"))
            await asyncio.sleep(60)
        return answer.strip()

    async def close(self):
        self.writer.close()


@pytest.fixture
def link_to():
    links = []
    EchoClient.made = 0
    EchoClient.may_open.set()

    def make(server, seconds=2, allow=("127.0.0.1",)):
        dialler = dial.Dialler(allow=allow, total_timeout=seconds)
        address = Address("127.0.0.1", server.port, False, "user", "secret")
        links.append(Link(lambda: EchoClient(dialler, address), seconds))
        return links[-1]

    yield make
    for link in links:
        link.close()


def echo(server, sock):
    with contextlib.suppress(OSError):
        file = sock.makefile("rwb")
        for line in file:
            file.write(line)
            file.flush()


def ask(line):
    return lambda client: client.ask(line)


def test_all_threads_use_one_connection(serve, link_to):
    server = serve(echo)
    link, answers = link_to(server), []

    def work(number):
        answers.append(link.call(lambda client: asyncio.sleep(0.01, number)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == list(range(20))
    assert server.connections == 1
    assert link.peer == "127.0.0.1"


def test_bytes_that_drip_win_no_time(serve, link_to):
    def drip(_server, sock):
        with contextlib.suppress(OSError):
            while True:
                sock.sendall(b"x")
                time.sleep(0.05)

    link = link_to(serve(drip), seconds=0.5)
    started = time.monotonic()
    with pytest.raises(dial.Unreachable, match="in time"):
        link.call(ask(b"one"))
    assert time.monotonic() - started < 2


def test_a_server_that_says_nothing_is_given_up(serve, link_to):
    link = link_to(serve(lambda _server, _sock: time.sleep(3)), seconds=0.3)
    with pytest.raises(dial.Unreachable, match="in time"):
        link.call(ask(b"one"))


def test_a_lost_connection_ends_what_waits_and_is_made_anew(serve, link_to):
    def once(server, sock):
        if server.connections == 1:
            sock.makefile("rb").readline()
            sock.sendall(b"hello\n")
            sock.makefile("rb").readline()
        else:
            echo(server, sock)

    server = serve(once)
    link = link_to(server, seconds=5)
    started = time.monotonic()
    with pytest.raises(dial.Unreachable, match="closed"):
        link.call(ask(b"one"))
    assert time.monotonic() - started < 2
    assert link.call(ask(b"two")) == b"two"
    assert server.connections == 2


def test_one_attempt_to_connect_serves_all_that_wait_for_it(serve, link_to):
    server = serve(echo)
    link = link_to(server, allow=())
    # Refused only when all of them wait: what comes after a refusal is an attempt of its own.
    EchoClient.may_open.clear()
    futures = [link.submit(ask(b"one")) for _number in range(10)]
    EchoClient.may_open.set()
    for future in futures:
        with pytest.raises(dial.Refused):
            future.result(5)
    assert EchoClient.made == 1
    assert server.connections == 0


def test_a_trouble_that_ends_the_connection_has_it_replaced(serve, link_to):
    link = link_to(serve(echo))

    async def refuse(client):
        raise Trouble("retry", "closed by the broker", ends=True)

    async def mild(client):
        raise Trouble("retry", "not now")

    for operation, made in ((mild, 1), (refuse, 1), (mild, 2)):
        with pytest.raises(Trouble):
            link.call(operation)
        assert EchoClient.made == made


def test_the_end_of_the_link_ends_its_thread(serve, link_to):
    link = link_to(serve(echo))
    link.call(ask(b"one"))
    link.close()
    link.close()
    assert not link._thread.is_alive()


def test_a_secret_is_not_in_what_is_printed():
    assert "secret" not in repr(Address("host", 1, True, "user", "secret"))


def test_errors_of_the_network_have_a_kind():
    assert network_trouble(ConnectionRefusedError()).kind == "connect"
    assert network_trouble(ConnectionResetError()).kind == "reset"
    assert network_trouble(TimeoutError()).kind == "timeout"
