from itertools import product

from odoo.http import Controller
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestControllersWalk(TransactionCase):
    """Odoo makes one class of all controllers that extend the same one: of two equal names, one would serve both."""

    def test_controllers_that_become_one_class_have_no_name_in_common(self):
        known = _under(Controller)
        ours = {one for one in known if one.__module__.startswith("odoo.addons.audit_")}
        self.assertTrue(ours)
        for one, other in product(ours, known):
            extended = {*one.__mro__} & {*other.__mro__} - {Controller, *Controller.__mro__}
            if not extended or issubclass(one, other) or issubclass(other, one):
                continue
            # What the extended one has, each of them adds to by super().
            common = _names(one) & _names(other) - {name for base in extended for name in dir(base)}
            self.assertFalse(common, "%s and %s" % (one, other))


def _under(controller):
    """All classes that extend a controller, over however many steps."""
    return {one for child in controller.__subclasses__() for one in (child, *_under(child))}


def _names(controller):
    return {name for name in vars(controller) if not name.startswith("__")}
