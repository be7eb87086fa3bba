"""Inside MicroPython: inside.py FIRMWARE RIG FOLDER INPUTS SEED. Prints a line of JSON for each campaign."""

import json
import sys
from binascii import hexlify
from time import ticks_diff, ticks_ms


def main(firmware, rig, folder, inputs, seed):
    sys.path[:] = [firmware, rig, ".frozen"]
    import fuzz
    import portal_rig
    from fuzz_dns import Questions
    from fuzz_http import Requests
    from fuzz_mqtt import Brokers

    agent = portal_rig.make(firmware, folder)
    port = 20000 + seed % 20000
    for campaign in (Requests(agent, port), Questions(port), Brokers(port)):
        start = ticks_ms()
        try:
            missing = fuzz.run(campaign, inputs, seed)
        except fuzz.Failed as e:
            tell(failed=str(e), inputs=e.inputs)
            break
        except KeyboardInterrupt:  # the driver has lost its patience
            tell(failed="hangs", inputs=campaign.latest)
            break
        tell(
            answers=campaign.counts,
            slowest=campaign.slowest,
            missing=missing,
            ms=ticks_diff(ticks_ms(), start),
        )


def tell(inputs=(), **values):
    values["inputs"] = [hexlify(data).decode() for data in inputs]
    print(json.dumps(values))


main(*sys.argv[1:4], *[int(number) for number in sys.argv[4:]])
