"""Rewrites a copy of the addons, which are written for Odoo 17.0, for another series."""

from .rule import PortError
from .tree import ported_tree

__all__ = ["PortError", "ported_tree"]
