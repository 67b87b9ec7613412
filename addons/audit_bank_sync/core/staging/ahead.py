"""One call that waits for somebody else, made beside what does not need its result yet."""

import threading


class Ahead:
    """Runs one call at a time in a thread of its own; at the end of ``with`` nothing of it is left running.

    For calls that wait, as for the database: who calls must not use the same connection before ``wait`` has returned.
    What the call raises is raised by ``wait``, or at the end where nothing else went wrong.
    """

    def __init__(self):
        self._thread = None
        self._error = None

    def begin(self, function, *arguments):
        """Call ``function`` beside what comes next; waits for the call before."""
        self.wait()
        self._thread = threading.Thread(target=self._call, args=(function, *arguments), daemon=True)
        self._thread.start()

    def wait(self):
        """Return when the call has ended; raises what it raised."""
        thread, self._thread = self._thread, None
        if thread:
            thread.join()
        error, self._error = self._error, None
        if error:
            raise error

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        try:
            self.wait()
        except Exception:
            # What went wrong in between comes first: this may only follow from it.
            if kind is None:
                raise

    def _call(self, function, *arguments):
        try:
            function(*arguments)
        except BaseException as error:
            self._error = error
