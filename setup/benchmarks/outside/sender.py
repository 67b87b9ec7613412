"""A platform that sends signed messages over several connections at the same time: a process of its own.

    python sender.py --url http://127.0.0.1:8069/path --secret whsec_… --requests 400 --batch 1 --connections 8

The messages are CloudEvents with ids that never come twice, signed after Standard Webhooks; all are made before the
first is sent. A connection is kept where the server keeps it; Odoo's workers close theirs after each answer. Prints
``{"seconds", "answers": {status: how many}}``: the time from the first request to the last answer.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import time
import urllib.parse
import uuid
from collections import Counter

LINE = {"account": "4400", "amount": "120.00", "currency": "EUR", "text": "Wharfage and storage, first quarter"}


def message():
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "urn:bench",
        "type": "bench.noted",
        "subject": "doc/" + uuid.uuid4().hex,
        "data": {"number": "B-1", "lines": [LINE] * 20},
    }


def request(url, key, batch):
    """The bytes of a request with so many messages; a single one stands by itself."""
    messages = [message() for _number in range(batch)]
    body = json.dumps(messages[0] if batch == 1 else messages).encode()
    message_id, timestamp = messages[0]["id"] if batch == 1 else str(uuid.uuid4()), str(int(time.time()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    headers = {
        "Host": url.netloc,
        "Content-Type": "application/cloudevents+json" if batch == 1 else "application/cloudevents-batch+json",
        "Content-Length": len(body),
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode(),
    }
    head = "POST %s HTTP/1.1\r\n%s\r\n" % (url.path, "".join("%s: %s\r\n" % pair for pair in headers.items()))
    return head.encode() + body


async def send(url, waiting, answers):
    """Send what waits, one after the other."""
    reader = writer = None
    while waiting:
        # Taken before the connection is waited for: meanwhile others may take the last.
        this = waiting.pop()
        if writer is None:
            reader, writer = await asyncio.open_connection(url.hostname, url.port)
        writer.write(this)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("\r\ncontent-length:")[2].partition("\r\n")[0]
        await (reader.readexactly(int(length)) if length else reader.read())
        answers[head.split(" ", 2)[1]] += 1
        if head.startswith("http/1.0") or "\r\nconnection: close" in head or not length:
            writer.close()
            reader = writer = None


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", type=urllib.parse.urlsplit, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--requests", type=int, required=True)
    parser.add_argument("--batch", type=int, default=1, help="messages in a request")
    parser.add_argument("--connections", type=int, default=8)
    asked = parser.parse_args()
    key = base64.b64decode(asked.secret.removeprefix("whsec_"))
    waiting, answers = [request(asked.url, key, asked.batch) for _number in range(asked.requests)], Counter()
    began = time.monotonic()
    await asyncio.gather(*(send(asked.url, waiting, answers) for _number in range(asked.connections)))
    print(json.dumps({"seconds": time.monotonic() - began, "answers": answers}))


if __name__ == "__main__":
    asyncio.run(main())
