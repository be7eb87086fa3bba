from provisioning.form import Form, FormError

TOKEN = b"a" * 30 + b"-_"
GOOD = {"ssid": b"Home", "pass": b"secret password", "blynk": TOKEN, "host": b"blynk.cloud"}


def refused(field, **changes):
    fields = dict(GOOD)
    for name, value in changes.items():
        fields["pass" if name == "password" else "if" if name == "interface" else name] = value
    try:
        Form(fields)
    except FormError as e:
        assert e.field == field, (e.field, e.problem)
        return e.problem
    raise AssertionError(field + " was not refused")


def test_the_request_of_the_app():
    form = Form(GOOD)
    assert (form.ssid, form.password, form.token) == (b"Home", b"secret password", TOKEN.decode())
    assert (form.server, form.claim, form.static) == ("blynk.cloud", "", "")


def test_old_request_without_if_and_new_one_with_it():
    assert Form(GOOD).ssid == b"Home"
    fields = dict(GOOD)
    fields["if"] = b"wifi"
    fields["port_ssl"] = b"443"
    assert Form(fields).ssid == b"Home"
    refused("if", interface=b"cell")


def test_manual_ssid_wins_unless_empty():
    fields = dict(GOOD)
    fields["ssidManual"] = b""
    assert Form(fields).ssid == b"Home" and not Form(fields).hidden
    fields["ssidManual"] = b"Other"
    assert Form(fields).ssid == b"Other" and Form(fields).hidden


def test_ssid_is_1_to_32_bytes_of_any_kind():
    every = bytes(range(224, 256))
    fields = dict(GOOD)
    fields["ssid"] = every
    assert Form(fields).ssid == every
    assert "33" in refused("ssid", ssid=b"x" * 33)
    refused("ssid", ssid=b"")


def test_password_is_empty_8_to_63_or_64_hex():
    for password in (b"", b"12345678", b"p@ss+w0rd &%?!", b"x" * 63, b"0123456789abcdefABCDEF0123456789" * 2):
        fields = dict(GOOD)
        fields["pass"] = password
        assert Form(fields).password == password
    for password in (b"12345", b"1234567", b"x" * 64, b"x" * 65):
        text = refused("pass", password=password)
        assert password.decode() not in text


def test_token_is_32_characters_of_its_alphabet():
    for token in (b"", b"a" * 31, b"a" * 33, b"a" * 31 + b"=", b"a" * 31 + b"\xff"):
        refused("blynk", blynk=token)


def test_claim_code_instead_of_a_token():
    form = Form({"ssid": b"Home", "claim": b"k7qm 2x-9a"})
    assert (form.claim, form.token) == ("K7QM2X9A", "")
    refused("claim", claim=b"short")
    refused("claim", claim=b"K7QM2X9!")


def test_a_kept_token_need_not_be_given_again():
    fields = {"ssid": b"Home", "pass": b""}
    assert Form(fields, True).token == ""
    fields["blynk"] = TOKEN
    assert Form(fields, True).token == TOKEN.decode()
    fields["blynk"] = b"short"
    try:
        Form(fields, True)
        raise AssertionError("a short token")
    except FormError as e:
        assert e.field == "blynk"


def test_host_has_no_spaces_and_128_characters_at_most():
    refused("host", host=b"a b")
    refused("host", host=b"a" * 129)
    assert Form({"ssid": b"Home", "blynk": TOKEN}).server == ""


def test_static_address_whole_or_not_at_all():
    address = {"ip": b"192.168.1.20", "mask": b"255.255.255.0", "gw": b"192.168.1.1"}
    fields = dict(GOOD)
    fields.update(address)
    assert Form(fields).static == "192.168.1.20,255.255.255.0,192.168.1.1,192.168.1.1"
    fields["dns2"] = b"9.9.9.9"  # PROTOCOLS 2.2: given alone, it becomes the first
    assert Form(fields).static.endswith(",9.9.9.9")
    refused("mask", ip=b"192.168.1.20")
    refused("ip", ip=b"192.168.1.256", mask=b"255.255.255.0", gw=b"192.168.1.1")
    refused("gw", ip=b"192.168.1.20", mask=b"255.255.255.0", gw=b"x")


def test_static_address_is_one_of_its_network():
    def ask(ip, mask=b"255.255.255.0", gw=b"192.168.1.1"):
        return {"ip": ip, "mask": mask, "gw": gw}

    for field, address in (
        ("mask", ask(b"192.168.1.20", b"255.0.255.0")),
        ("mask", ask(b"192.168.1.20", b"255.255.255.255")),
        ("mask", ask(b"192.168.1.20", b"0.0.0.0")),
        ("ip", ask(b"192.168.1.0")),
        ("ip", ask(b"192.168.1.255")),
        ("gw", ask(b"192.168.2.20")),
        ("gw", ask(b"192.168.1.1")),
        ("gw", ask(b"192.168.1.20", gw=b"192.168.1.255")),
    ):
        refused(field, **address)
    for address in (
        ask(b"10.200.3.4", b"255.0.0.0", b"10.0.0.1"),
        ask(b"192.168.1.2", b"255.255.255.252"),
        ask(b"172.16.9.9", b"255.255.240.0", b"172.16.0.1"),
    ):
        fields = dict(GOOD)
        fields.update(address)
        assert Form(fields).static


def test_the_time_is_a_bounded_number_and_never_an_error():
    def given(time):
        return Form(dict(GOOD, time=time)).time

    assert Form(GOOD).time == 0
    assert given(b"1795348800") == 1795348800
    assert given(b"9999999999") == 9999999999
    for nonsense in (
        b"",
        b"-1",
        b"+1",
        b"1.5",
        b"1e9",
        b" 1",
        b"0x10",
        b"99999999999",
        b"\xff",
        b"now",
        b"1" * 300,
    ):
        assert given(nonsense) == 0, nonsense
