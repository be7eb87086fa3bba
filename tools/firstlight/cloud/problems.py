"""What the cloud says when it refuses a request."""

from __future__ import annotations


class Problem(Exception):
    """A request that is refused; becomes the HTTP answer `status` with `{"error": text}`.

    `text` is one sentence for the person or program that asked, and holds no secret. `retry_after` is in
    seconds.
    """

    def __init__(self, status: int, text: str, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.retry_after = retry_after
