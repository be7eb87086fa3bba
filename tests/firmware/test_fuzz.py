"""A slice of `make fuzz`."""

import os
import sys

import fuzz
import portal_rig
from fuzz_dns import Questions
from fuzz_http import Requests
from fuzz_mqtt import Brokers

PORT = 20000 + int.from_bytes(os.urandom(2), "big") % 20000
TYPICAL = (0, 200, 204, 302, 400, 403, 404, 405, 500)
SEED = int.from_bytes(os.urandom(4), "big")


def survives(campaign, inputs):
    print("seed", SEED)
    try:
        fuzz.run(campaign, inputs, SEED)
    except fuzz.Failed as e:
        print(e.inputs)
        raise


def test_mutated_requests():
    requests = Requests(portal_rig.make(sys.path[0], os.getenv("FOLDER")), PORT)
    survives(requests, 1500)
    counts = requests.counts
    assert sum(counts.values()) == 1500 and 0 not in [counts[status] for status in TYPICAL], counts


def test_mutated_dns_packets():
    questions = Questions(PORT)
    survives(questions, 10000)
    assert sum(questions.counts.values()) == 10000
    assert questions.counts[200] > 500 and questions.counts[0] > 500, questions.counts


def test_mutated_streams_of_a_broker():
    brokers = Brokers(PORT)
    survives(brokers, 3000)
    counts = brokers.counts
    assert sum(counts.values()) - counts["messages"] == 3000 and 0 not in counts.values(), counts
