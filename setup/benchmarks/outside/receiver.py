"""A platform that takes whatever is sent to it, as fast as Python can: a process of its own, so that it is not what is
measured. It keeps connections open, verifies nothing, and counts distinct message ids.

======================  ============================================================================================
``POST`` (any path)     a message, or a batch when its body is a JSON array; 204
``GET /figures``        ``{"messages", "distinct", "first", "last", "processor"}``; the times are of the machine's
                        monotonic clock
``DELETE /figures``     forget all that came; 204
======================  ============================================================================================

Prints ``ready <port>`` when it listens; ends when its standard input does, also with the process that started it.
"""

import asyncio
import json
import sys
import time

ID = b"webhook-id:"
LENGTH = b"content-length:"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"


class Count:
    def __init__(self):
        self.ids, self.messages, self.first, self.last = set(), 0, None, None

    def add(self, message_id):
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.messages += 1
        self.ids.add(message_id)

    def as_json(self):
        return {
            "messages": self.messages,
            "distinct": len(self.ids),
            "first": self.first,
            "last": self.last,
            "processor": time.process_time(),
        }


class Line(asyncio.Protocol):
    """One connection. Reads what well-behaved clients send: a head, then a body of known length."""

    def __init__(self, count):
        self.count, self.waiting = count, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.waiting += data
        while self._take_one():
            pass

    def _take_one(self):
        head_ends = self.waiting.find(b"\r\n\r\n")
        if head_ends < 0:
            return False
        head = self.waiting[:head_ends]
        ends = head_ends + 4 + int(_header(head, LENGTH) or 0)
        if len(self.waiting) < ends:
            return False
        body, self.waiting = self.waiting[head_ends + 4 : ends], self.waiting[ends:]
        self.transport.write(self._answer(head, body))
        return True

    def _answer(self, head, body):
        if head.startswith(b"POST"):
            for message_id in [_header(head, ID)] if body[:1] != b"[" else [one["id"] for one in json.loads(body)]:
                self.count.add(message_id)
            return EMPTY
        if head.startswith(b"DELETE"):
            self.count.__init__()
            return EMPTY
        said = json.dumps(self.count.as_json()).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)


def _header(head, name):
    starts = head.lower().find(b"\r\n" + name)
    if starts < 0:
        return None
    starts += 2 + len(name)
    ends = head.find(b"\r\n", starts)
    return head[starts : ends if ends >= 0 else None].strip()


async def main():
    count = Count()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Line(count), "127.0.0.1", 0, backlog=512)
    print("ready %d" % server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
