"""`esp`: the few calls that code shared by the two ports makes."""


def osdebug(*_):
    pass


def flash_size():
    return 4 * 1024 * 1024
