from cloud.redirects import Redirects, redirected
from cloud.server import Server

SECRET = "s3cret-" + "t" * 25


def parts(server):
    return server.tls, server.host, server.port, server.user, server.prefix


def refused(call, *args):
    """The text of the ValueError that the call must end with; it quotes nothing secret."""
    try:
        call(*args)
    except ValueError as e:
        text = str(e)
        assert text.startswith("server: ") and SECRET not in text, text
        return text
    raise AssertionError(args)


def test_servers():
    for text, expected in (
        ("blynk.cloud", (True, "blynk.cloud", 8883, "device", "")),
        ("fra1.blynk.cloud:443", (True, "fra1.blynk.cloud", 443, "device", "")),
        (
            "mqtt://user@broker.example:84/devices/ID/",
            (False, "broker.example", 84, "user", "devices/ID/"),
        ),
        ("mqtts://@h/a", (True, "h", 8883, "device", "a/")),
        ("mqtt://h/", (False, "h", 1883, "device", "")),
        ("mqtts://h:65535", (True, "h", 65535, "device", "")),
    ):
        assert parts(Server(text)) == expected, (text, parts(Server(text)))


def test_what_is_no_server_is_named_and_not_quoted():
    scheme = "server: only mqtt:// and mqtts:// are understood"
    for wrong in ("http://h", "ws://h/mqtt", "wss://fra1.blynk.cloud:443/mqtt", "://h", SECRET + "://h"):
        assert refused(Server, wrong) == scheme, wrong
    for wrong in ("h:port", "h:", "h:0", "h:65536", "h:1883883", "h:-1", "[::1]:1883", "h:" + SECRET):
        assert "port" in refused(Server, "mqtt://" + wrong), wrong
    for wrong in ("", "mqtt://", "mqtts:///devices/7", "mqtt://u@", "mqtt://a b", "h\n", "m\xfcll", "u\0@h"):
        assert "host" in refused(Server, wrong), wrong
    assert "password" in refused(Server, "mqtt://device:" + SECRET + "@h")
    for wrong in ("a/#", "+/b", "a\0"):
        assert "topic" in refused(Server, "mqtt://h/" + wrong), wrong


def test_a_redirect_keeps_user_and_branch():
    home = Server("mqtts://me@h:8884/devices/7")
    for uri, expected in (
        ("mqtts://ny3.blynk.cloud:8883", (True, "ny3.blynk.cloud", 8883, "me", "devices/7/")),
        ("ny3.blynk.cloud", (True, "ny3.blynk.cloud", 8883, "me", "devices/7/")),
        ("mqtts://you@other/units/9", (True, "other", 8883, "you", "units/9/")),
    ):
        assert parts(redirected(home, uri)) == expected, uri
    assert parts(redirected(Server("mqtt://h"), "mqtts://h")) == (True, "h", 8883, "device", "")
    assert parts(redirected(Server("mqtt://h"), "mqtt://g")) == (False, "g", 1883, "device", "")


def test_a_redirect_never_leads_out_of_tls():
    assert "TLS" in refused(redirected, Server("mqtts://h"), "mqtt://h")
    assert "only mqtt" in refused(redirected, Server("mqtts://h"), "wss://fra1.blynk.cloud:443/mqtt")
    way = Redirects(Server("mqtt://h"))
    way.follow("mqtts://safe")
    assert "TLS" in refused(way.follow, "mqtt://h")
    assert way.server.host == "safe"


def test_redirects_in_a_circle_end():
    way = Redirects(Server("mqtt://a"))
    for host in ("b", "a", "b"):
        way.follow("mqtt://" + host)
        assert way.server.host == host
    assert "too often" in refused(way.follow, "mqtt://a")
    assert way.server.host == "b"
    way.lasted()
    way.follow("mqtt://c")
    assert way.server.host == "c"


def test_a_failure_leads_home():
    home = Server("mqtt://a")
    way = Redirects(home)
    assert not way.failed() and way.server is home
    for _ in range(9):  # a server that sends us to a dead one again and again: it may be back one day
        way.follow("mqtt://dead")
        assert way.failed() and way.server is home
    assert not way.failed()
