from provisioning import errors
from provisioning.errors import Failure, words


def test_every_code_has_its_words():
    codes = [getattr(errors, name) for name in dir(errors) if isinstance(getattr(errors, name), int)]
    assert len(codes) == 12
    said = [words(code) for code in codes]
    assert len(set(said)) == 12 and all([len(text) > 15 and "\n" not in text for text in said])
    assert words(errors.CONFIG) == "configuration not usable"
    assert words(errors.NO_ADDRESS) == "the network gave no address"


def test_others_have_none():
    assert words(0) == words(70) == words(999) == ""


def test_a_failure_says_its_words_unless_it_knows_more():
    assert Failure(errors.TLS).detail == words(errors.TLS)
    assert Failure(errors.TLS, "expired").detail == "expired"
