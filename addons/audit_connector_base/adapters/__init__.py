from . import amqp, broker, nats, redis, rest, webhook
