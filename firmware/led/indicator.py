"""What the light shall tell: the state, or the button while it is held."""

from core import log


class Indicator:
    """`play` is called with the name of what shows from now on, None for the end. It may be absent."""

    def __init__(self):
        self.play = None
        self._state = None
        self._above = None
        self._told = None

    def show(self, name):
        """The state is this one now."""
        self._state = name
        self._tell()

    def cover(self, name):
        """This shows instead for the time being; None goes back."""
        self._above = name
        self._tell()

    def dark(self):
        """Nothing shows any more."""
        self._state = self._above = None
        self._tell()

    def _tell(self):
        name = self._above or self._state
        if name == self._told:
            return
        self._told = name
        try:
            if self.play:
                self.play(name)
        except Exception as e:  # a product's own light, or row: no reason to take the device down
            log.exception("led", e)
