"""Exchange a one-time claim code for the token and the server to use it with."""

from provisioning import errors
from provisioning.errors import Failure


async def exchange(post, code, uid, template):
    """(token, server, Unix seconds or 0); `post(message)` sends a dict and returns one. Raises Failure."""
    try:
        answer = await post({"code": code, "uid": uid, "template": template})
    except Exception as e:  # net's exceptions are not ours to name
        status = getattr(e, "status", None)
        if status in (404, 410):
            raise Failure(errors.BAD_TOKEN, "the claim code is unknown, used or expired")
        if status == 409:
            raise Failure(errors.BAD_TOKEN, "the claim code belongs to another product")
        if status is not None:
            raise Failure(errors.CLOUD, "the claim was answered with {}".format(status or "no HTTP"))
        raise
    token, server = answer.get("token"), answer.get("server")
    if not isinstance(token, str) or not isinstance(server, str) or len(token) != 32:
        raise Failure(errors.CLOUD, "the claim's answer has no token and server")
    utc = answer.get("utc")
    return token, server, utc if isinstance(utc, int) else 0
