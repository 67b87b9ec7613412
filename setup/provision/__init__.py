"""Finds or installs everything the suite needs to run, and starts it.

Only the standard library is used: these files run before anything has been installed.
"""
