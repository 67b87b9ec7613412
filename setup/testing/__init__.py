"""The test suite of the repository: what runs, on what, and what is said about it in the end."""
