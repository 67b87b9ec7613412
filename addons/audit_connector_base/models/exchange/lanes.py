"""Lanes: what a connector is sent in one row. One job drains one lane, and order is kept per document within it.

Each priority is a lane of its own, so that a back-fill of a year never holds up what happens now; so is each
subscription that collects its messages into batches, since these wait for their schedule.
"""

CRITICAL, NORMAL, BULK = 0, 1, 2
PRIORITIES = [("0", "Critical"), ("1", "Normal"), ("2", "Bulk")]
CHANNELS = {
    CRITICAL: "root.audit.delivery.critical",
    NORMAL: "root.audit.delivery.normal",
    BULK: "root.audit.delivery.bulk",
}
FIRST_BATCH = 10


def batch_lane(subscription_id):
    """The lane of a subscription that sends in batches."""
    return FIRST_BATCH + subscription_id


def subscription_of(lane):
    """The id of the subscription whose batches the lane holds, None for a lane of single messages."""
    return lane - FIRST_BATCH if lane >= FIRST_BATCH else None
