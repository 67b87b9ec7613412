from . import amqp, broker, file, nats, redis, rest, webhook
