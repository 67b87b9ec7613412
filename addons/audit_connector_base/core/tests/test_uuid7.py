import os
import threading
import time
import uuid

import pytest

from odoo.addons.audit_connector_base.core import uuid7 as module
from odoo.addons.audit_connector_base.core.uuid7 import uuid7, uuid7_batch


@pytest.fixture(autouse=True)
def a_clean_sequence(monkeypatch):
    monkeypatch.setattr(module, "_last", 0)


def test_an_id_is_version_7_of_the_rfc_variant_and_tells_the_time():
    before = time.time_ns() // 1_000_000
    parsed = uuid.UUID(uuid7())
    after = time.time_ns() // 1_000_000
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert before <= parsed.int >> 80 <= after + 1


def test_text_is_the_canonical_lower_case_form():
    text = uuid7()
    assert text == str(uuid.UUID(text))


def test_ids_ascend_also_when_the_clock_steps_back(monkeypatch):
    ids = uuid7_batch(1000)
    monkeypatch.setattr(module.time, "time_ns", lambda: 1_000_000_000)
    ids += [uuid7() for _ in range(1000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 2000


def test_ids_stay_ordered_and_unique_across_threads():
    made = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda own: own.extend(uuid7() for _ in range(2000)), args=(m,)) for m in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(own == sorted(own) for own in made)
    assert len(set().union(*made)) == 8000


def test_the_gap_between_neighbours_is_random():
    ids = [uuid.UUID(text).int for text in uuid7_batch(100)]
    assert len({b - a for a, b in zip(ids, ids[1:])}) == 99


def test_an_overflow_of_the_random_part_moves_on_to_the_next_millisecond(monkeypatch):
    monkeypatch.setattr(module, "_last", (5 << 74) + (1 << 74) - 1)
    monkeypatch.setattr(module.time, "time_ns", lambda: 0)
    parsed = uuid.UUID(uuid7())
    assert (parsed.int >> 80, parsed.version, parsed.variant) == (6, 7, uuid.RFC_4122)


def test_a_forked_child_makes_other_ids():
    uuid7()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.write(writer, uuid7().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 100).decode() != uuid7()


def test_a_batch_costs_less_than_20_microseconds_an_id():
    start = time.perf_counter()
    uuid7_batch(10_000)
    assert (time.perf_counter() - start) / 10_000 < 20e-6
