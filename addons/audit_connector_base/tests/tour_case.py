from odoo.tests import HttpCase


class TourCase(HttpCase):
    """The browser is the test: each tour fails when a screen does not show what it clicks on."""

    browser_size = "1600,900"  # in a narrow one, Odoo folds the last menus away

    def _tour(self, name, user):
        self.env.flush_all()
        self.start_tour("/web", name, login=user.login)
        self.env.invalidate_all()
