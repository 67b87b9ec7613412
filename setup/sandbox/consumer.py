"""A program that listens at a message broker, as any platform could, and writes down what it gets, one JSON line each.

    python consumer.py --broker amqp --port 5672 --name archive

Prints ``ready`` when it would miss nothing any more. The password of the sandbox's brokers is known here. Runs in
Odoo's environment, which has the libraries.
"""

import argparse
import json

USER, PASSWORD = "audit", "only-for-tests"
EXCHANGE = STREAM = "audit"


def listen_amqp(port, name):
    """A queue of its own, bound to the exchange for everything about invoices; a message is taken once written down."""
    import pika

    login = pika.PlainCredentials(USER, PASSWORD)
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port, credentials=login))
    channel = connection.channel()
    channel.exchange_declare(EXCHANGE, "topic", durable=True)
    channel.queue_declare(name, durable=True)
    channel.queue_bind(name, EXCHANGE, "audit.invoice.#")
    print("ready", flush=True)
    for method, properties, body in channel.consume(name):
        tell(properties.message_id, body)
        channel.basic_ack(method.delivery_tag)


def listen_redis(port, name):
    """A group of its own on the stream; a message is taken once written down."""
    import redis

    server = redis.Redis(port=port, username=USER, password=PASSWORD)
    try:
        server.xgroup_create(STREAM, name, id="0", mkstream=True)
    except redis.ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise
    print("ready", flush=True)
    while True:
        for _stream, messages in server.xreadgroup(name, name, {STREAM: ">"}, count=10, block=1000):
            for number, fields in messages:
                tell(fields[b"id"].decode(), fields[b"body"])
                server.xack(STREAM, name, number)


def tell(message_id, body):
    event = json.loads(body)
    print(json.dumps({"id": message_id, "type": event["type"], "number": event["data"].get("number")}), flush=True)


LISTENERS = {"amqp": listen_amqp, "redis": listen_redis}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", choices=sorted(LISTENERS), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", required=True)
    options = parser.parse_args()
    LISTENERS[options.broker](options.port, options.name)


if __name__ == "__main__":
    main()
