"""The provisioning cloud: accounts, dynamic tokens, claim codes, devices, and their MQTT door.

`firstlight.cloud.service.Cloud` runs all of it in one asyncio loop; `firstlight.cloud.command` is the
command. This module imports nothing, so that the command line stays quick.
"""
