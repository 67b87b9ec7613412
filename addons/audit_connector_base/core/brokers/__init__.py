"""Clients of message brokers, on the libraries of each, all dialled by ``core.dial``. No library is needed to import it.

``link`` keeps one connection for any number of threads; ``amqp``, ``nats`` and ``redis`` are what it keeps.
"""
