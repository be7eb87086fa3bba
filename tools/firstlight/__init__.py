"""Firstlight's host side: virtual bench, provisioning cloud, phone, build tools."""
