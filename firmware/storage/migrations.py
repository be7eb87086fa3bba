"""Records of older firmware: how the fields of each version become those of the next."""

# {version: function(fields) -> fields of version + 1}. Version 1 is the first.
TABLE = {}


def migrate(fields, version, wanted):
    """Step by step up to the wanted version. A step that is missing is a mistake of the build: KeyError."""
    while version < wanted:
        fields = TABLE[version](fields)
        version += 1
    return fields
