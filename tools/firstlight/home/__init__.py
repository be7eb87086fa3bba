"""A whole small world for demonstrations and tests: a home, its owner's account, and a device."""
