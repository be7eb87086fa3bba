"""Where the cloud is: its address taken apart."""


class Server:
    """`blynk.cloud` or `mqtts://user@host:port/prefix`, taken apart. A ValueError quotes none of it."""

    def __init__(self, text):
        parts = text.split("://", 1)
        scheme, rest = parts if len(parts) > 1 else ("mqtts", text)
        if scheme not in ("mqtt", "mqtts"):
            raise ValueError("server: only mqtt:// and mqtts:// are understood")
        place, _, prefix = _cut(rest, rest.find("/"))
        user, named, place = _cut(place, place.rfind("@")) if "@" in place else ("", False, place)
        self.named = bool(named and user)  # it says who we are
        self.user = user if self.named else "device"
        if ":" in user:
            raise ValueError("server: a password in it; the token is the password")
        self.host, found, port = _cut(place, place.find(":"))
        self.tls = scheme == "mqtts"
        self.port = _port(port) if found else 8883 if self.tls else 1883
        prefix = prefix.rstrip("/")
        self.prefix = prefix + "/" if prefix else ""
        if not self.host or not _plain(self.host) or not _plain(user):
            raise ValueError("server: no host in it, or a space or the like")
        if "+" in prefix or "#" in prefix or "\0" in prefix:
            raise ValueError("server: a topic cannot start with + or #")


def _cut(text, at):
    """(before, whether there is a separator, after): `at` is its place, negative without one."""
    return (text[:at], True, text[at + 1 :]) if at >= 0 else (text, False, "")


def _port(text):
    port = int(text) if text.isdigit() and len(text) < 6 else 0
    if not 0 < port < 65536:
        raise ValueError("server: the port is no number from 1 to 65535")
    return port


def _plain(text):
    return all(["!" <= char <= "~" for char in text])
