"""From entries that were read to rows that are kept: `rows` writes and reads a row, `copying` hands many of them to
PostgreSQL, `pairing` finds what is known, `following` what it cannot be, `pages` joins what came in several files,
`gaps` finds what is missing."""
