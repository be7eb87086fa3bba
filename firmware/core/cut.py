"""Takes a text, or bytes, apart at a separator. An ESP8266 has no partition()."""


def cut(text, separator):
    """(what is before the first one, the separator, what is after it); the last two are empty without one."""
    at = text.find(separator)
    if at < 0:
        return text, text[:0], text[:0]
    return text[:at], separator, text[at + len(separator) :]
