from odoo.http import content_disposition, request


def file_response(evidence, content):
    """Response with a file that the browser saves, never shows, and keeps nowhere."""
    return request.make_response(
        content,
        [
            ("Content-Type", evidence.media_type or "application/octet-stream"),
            ("Content-Length", str(len(content))),
            ("Content-Disposition", content_disposition(evidence.name)),
            ("Content-Security-Policy", "default-src 'none'; sandbox"),
            ("X-Content-Type-Options", "nosniff"),
            ("Cache-Control", "no-store"),
        ],
    )


def sentence(text, status):
    """A refusal in words, as plain text."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return request.make_response(text, headers, status=status)
