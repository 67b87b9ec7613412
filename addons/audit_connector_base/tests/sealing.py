from contextlib import contextmanager

from ..models.log.sealer import AT_ONCE

NOTE = "audit.sealing"


class SealedAtOnce:
    """Whether what a block does is sealed at once after its commit, or with what others write within the pause."""

    @contextmanager
    def sealed_at_once(self):
        self.env.cr.postcommit.data.pop(NOTE, None)
        yield
        self.assertEqual(self.env.cr.postcommit.data.get(NOTE), AT_ONCE)

    @contextmanager
    def sealed_later(self):
        self.env.cr.postcommit.data.pop(NOTE, None)
        yield
        self.assertIs(self.env.cr.postcommit.data.get(NOTE), True)
