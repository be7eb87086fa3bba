"""A slice of `make powercut`: every operation, fewer histories, and of the long wiping some cuts only."""

from powercut import OPERATIONS, campaign
from volumes import FAT, LITTLEFS, NVS

LONG = "erase and wipe"
SHORT = [name for name in OPERATIONS if name != LONG]


def unharmed(volume, least, stride):
    total = 0
    for names, step in ((SHORT, 1), ((LONG,), stride)):
        for name, cuts, problems in campaign(volume, names, histories=(0,), stride=step):
            print(volume.name, name, cuts, problems)
            assert not any(problems.values())
            total += cuts
    assert total >= least, total


def test_littlefs():
    unharmed(LITTLEFS, 230, 149)


def test_fat():
    unharmed(FAT, 230, 41)


def test_nvs():
    unharmed(NVS, 100, 11)
