"""The journal's two slots as files."""

import os


class Files:
    """`FOLDER/journal.a` and `.b`."""

    def __init__(self, folder="/"):
        self.folder = folder

    def open(self, index):
        """To be read; OSError when it is not there."""
        return open(self._path(index), "rb")

    def write(self, index, parts):
        """Replace it; when this returns, flash has it."""
        with open(self._path(index), "wb") as slot:
            for part in parts:
                slot.write(part)
        if hasattr(os, "sync"):
            os.sync()  # FAT holds sectors back; littlefs has committed at close

    def discard(self, index):
        os.remove(self._path(index))

    def wipe(self, journal, fields):
        from storage.wipe import wipe

        return wipe(self.folder, journal, fields)

    def _path(self, index):
        return self.folder + ("journal.b" if index else "journal.a")
