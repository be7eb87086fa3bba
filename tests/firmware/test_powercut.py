"""A slice of `make powercut`: every operation, fewer histories, and of the long wiping some cuts only."""

from powercut import SHORT, WIPE, campaign
from volumes import FAT, LITTLEFS, NVS


def unharmed(volume, least, stride, wiped=True):
    total = 0
    for names, step in ((SHORT, 1), ((WIPE,), stride)):
        for name, cuts, problems in campaign(volume, names, histories=(0,), stride=step):
            print(volume.name, name, cuts, problems)
            assert not (problems["lost"] or problems["half"] or problems["stuck"])
            assert not (wiped and problems["legible"])
            total += cuts
    assert total >= least, total


def test_littlefs():
    unharmed(LITTLEFS, 170, 149)


def test_fat():
    unharmed(FAT, 170, 41, wiped=False)  # a cut can strand a cluster of a FAT, which then nobody overwrites


def test_nvs():
    unharmed(NVS, 50, 11)
