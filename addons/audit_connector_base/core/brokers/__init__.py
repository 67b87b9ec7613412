"""Clients of message brokers, all dialled by ``core.dial``.

``link`` keeps one connection for any number of threads; ``amqp``, ``nats`` and ``redis`` are what it keeps, each on a
library that is needed to import it.
"""
