"""An application that does nothing: what is left of the heap is a product's."""


async def run(cloud):
    """Listens to nothing."""
