"""What routes for people answer beside pages: files, and refusals in words."""

from odoo.http import content_disposition, request

# What is downloaded is saved and never shown; a browser that shows it all the same runs and loads nothing.
SAVED = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


def file_response(name, content, media_type=None):
    """Response with a file that the browser saves, never shows, and keeps nowhere.

    :param content: bytes
    """
    headers = {
        "Content-Type": media_type or "application/octet-stream",
        "Content-Length": str(len(content)),
        "Content-Disposition": content_disposition(name),
        **SAVED,
    }
    return request.make_response(content, list(headers.items()))


def sentence(text, status):
    """A refusal in words, as plain text."""
    headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Content-Type-Options", "nosniff")]
    return request.make_response(text, headers, status=status)
