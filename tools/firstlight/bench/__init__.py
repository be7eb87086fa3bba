"""The virtual bench: real firmware in a real MicroPython, in a radio world that anyone can change."""
