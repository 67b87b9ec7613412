"""What the fields and states of a request of an auditor mean to its rules."""

# What is asked, and what is provided, in fields of the request itself.
ASKED = {"kind", "title", "description"}
PROVIDED = {"answer", "document_ids"}
LOOKED_AFTER = {"assigned_to_id", "due_date"}
GIVEN = {"engagement_id", "company_id"} | ASKED | PROVIDED | LOOKED_AFTER
UNFINISHED = ("open", "in_progress", "provided", "returned")
# While it is the company's turn.
ANSWERABLE = ("open", "in_progress", "returned")
NEXT = {
    "open": ("in_progress", "provided", "cancelled"),
    "in_progress": ("provided", "cancelled"),
    "provided": ("completed", "returned", "cancelled"),
    "returned": ("provided", "cancelled"),
    "completed": (),
    "cancelled": (),
}
# What is noted with a new state: who and when, whatever the caller says.
STAMPS = {
    "provided": ("provided_by_id", "provided_at"),
    "completed": ("closed_by_id", "closed_at"),
    "cancelled": ("closed_by_id", "closed_at"),
}
# What a signature is not for: how far it is dealt with, who says so and when, and what other systems call it.
UNSIGNED = {"actor", "updated_at", "external_ids", "odoo", "state", "closed_at", "assigned_to", "due_date"}
REASONS = {"returned": "return_reason", "cancelled": "cancel_reason"}
