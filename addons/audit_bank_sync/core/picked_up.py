"""A bank file that was picked up from a folder, as a message that says so: kept, and worked on once."""

import base64
import hashlib
import json

from odoo.addons.audit_connector_base.core import cloudevents, file_contents

TYPE = "bank_file.provided"
SOURCE = "urn:odoo-audit:pickup"


def read(name, data):
    """Return the one ``file_contents.Content`` of the file ``name``: a CloudEvent with its bytes in base64.

    Its id is the hash of the content, so that the same file under another name is the same message. Raises
    ``file_contents.Unreadable`` for an empty one.
    """
    if not data.strip():
        raise file_contents.Unreadable("The file is empty.")
    digest = hashlib.sha256(data).hexdigest()
    event = {
        "specversion": "1.0",
        "id": digest,
        "type": TYPE,
        "source": SOURCE,
        "datacontenttype": "application/json",
        "data": {"name": name, "content": base64.b64encode(data).decode(), "sha256": digest},
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    return [file_contents.Content(digest, cloudevents.CONTENT_TYPE, body, 1)]
