"""Argument checks with the texts of MicroPython's C functions, which differ from those of Python ones."""


def positional(args, least, most):
    """Refuse a wrong number of arguments to a C function that takes `least` to `most` of them."""
    if least <= len(args) <= most:
        return
    if least == most:
        # Methods count self: record, STA every call, scan(1).
        text = "function takes {} positional arguments but {} were given"
        raise TypeError(text.format(least, len(args)))
    if len(args) < least:
        raise TypeError("function missing {} required positional arguments".format(least - len(args)))
    raise TypeError("function expected at most {} arguments, got {}".format(most, len(args)))


def parse(args, kw, names, required=0):
    """Arguments by position or name, as mp_arg_parse_all() does: {name: value} of those that were given.

    In `names`, "*" before one means keyword only, "/" by position only.
    """
    values = {}
    place = 0
    used = 0
    for name in names:
        plain = name.strip("*/")
        if place < len(args) and name[0] != "*":
            values[plain] = args[place]
            place += 1
        elif plain in kw and name[0] != "/":
            values[plain] = kw[plain]
            used += 1
        elif len(values) < required:
            raise TypeError(
                "function missing {} required positional arguments".format(required - len(values))
            )
    if place < len(args):
        raise TypeError("extra positional arguments given")
    if used < len(kw):
        raise TypeError("extra keyword arguments given")
    return values


def text(value):
    """What mp_obj_str_get_data() takes: str or bytes."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return value
    raise TypeError("can't convert '{}' object to str implicitly".format(type(value).__name__))


def integer(value):
    if isinstance(value, (int, bool)):
        return int(value)
    raise TypeError("can't convert {} to int".format(type(value).__name__))
