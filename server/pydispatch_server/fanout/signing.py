"""Signs the requests to webhooks as the Standard Webhooks specification says: HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

PREFIX: Final = "whsec_"
KEY_BYTES: Final = 32
LEAST_KEY_BYTES: Final = 24
MOST_KEY_BYTES: Final = 64


def new_secret() -> str:
    """Makes a secret of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Tells whether a text is "whsec_" and 24 to 64 bytes in base64."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(PREFIX) and LEAST_KEY_BYTES <= len(key) <= MOST_KEY_BYTES


def signature(secret: str, message_id: str, time_s: int, body: bytes) -> str:
    """Signs one request with each of the secrets, which are separated by spaces."""
    signed = f"{message_id}.{time_s}.".encode() + body
    parts = []
    for one in secret.split():
        key = base64.b64decode(one.removeprefix(PREFIX))
        parts.append("v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode())
    return " ".join(parts)


def headers(secret: str, message_id: str, time_s: int, body: bytes) -> dict[str, str]:
    """Makes the headers of one request."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(time_s),
        "webhook-signature": signature(secret, message_id, time_s, body),
    }
