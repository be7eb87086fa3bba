"""Redirects, followed with care. Loaded with the first one."""

from micropython import const

from cloud.server import Server

_MOST_HOPS = const(3)


class Redirects:
    """The server to connect to, kept in RAM: the configured one, or where it has sent us."""

    def __init__(self, server):
        self._home = self.server = server
        self._hops = 0

    def follow(self, uri):
        """Turn to the server named. Raises ValueError when it will not do, or leads in circles."""
        if self._hops == _MOST_HOPS:
            raise ValueError("server: redirected too often without a session that lasted")
        self.server = redirected(self.server, uri)
        self._hops += 1

    def failed(self):
        """Back to the configured server; True when it was another that failed, and tells nothing of ours."""
        away = self.server is not self._home
        if away:
            self._hops = 0  # a circle does not fail
        self.server = self._home
        return away

    def lasted(self):
        """A session was long enough to show that no circle led to it."""
        self._hops = 0


def redirected(server, uri):
    """Where `server` sends us: who we are and our branch stay, and TLS is never given up."""
    to = Server(uri)
    if server.tls and not to.tls:
        raise ValueError("server: redirect from TLS to plain text")
    if not to.named:
        to.user = server.user
    to.prefix = to.prefix or server.prefix
    return to
