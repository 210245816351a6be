"""What a receiver of webhooks needs: is this request the server's, is it fresh, and what does it say?

Needs no connection and no client. The scheme is that of the Standard Webhooks specification, so its libraries fit, too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping

from google.protobuf import json_format

from pydispatch_client import messages as m

PREFIX = "whsec_"
VERSION = "v1"
# Older or newer requests than this are refused, so that nobody can send a recorded one again much later.
TOLERANCE_S = 300


class BadWebhook(Exception):
    """A request that is not the server's, or not a fresh one: answer 400 and do nothing."""


def verify_webhook(
    secret: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    now_s: float | None = None,
    tolerance_s: float = TOLERANCE_S,
) -> m.WebhookPayload:
    """Checks a request to a webhook and reads it.

    Handle the events in order, skip sequences that were handled before, and answer with 2xx once that is kept. When
    `missed` is set, read the state again: those events will not come any more.

    Args:
        secret: The webhook's secret, "whsec_...".
        headers: The request's headers, in any case.
        body: The request's body, exactly as it came.
        now_s: Present time in seconds since the Unix epoch; None takes the machine's.
        tolerance_s: Most seconds between the signing and now.

    Returns:
        What the request says.

    Raises:
        BadWebhook: The signature is wrong, the request too old, or something is missing.
        ValueError: `secret` is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, signed_text = given["webhook-id"], given["webhook-timestamp"]
        offered = given["webhook-signature"].split()
        signed_s = int(signed_text)
    except (KeyError, ValueError) as error:
        raise BadWebhook("a header is missing or broken") from error
    wanted = _signature(secret, f"{message_id}.{signed_text}.".encode() + body)
    if not any(hmac.compare_digest(wanted.encode(), item.encode()) for item in offered):
        raise BadWebhook("no signature is of this secret")
    if abs((time.time() if now_s is None else now_s) - signed_s) > tolerance_s:
        raise BadWebhook("the request was not signed just now")
    try:
        return json_format.Parse(body, m.WebhookPayload(), ignore_unknown_fields=True)
    except json_format.ParseError as error:
        raise BadWebhook("the body cannot be read") from error


def _signature(secret: str, signed: bytes) -> str:
    """Returns the signature that a request must bear."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a webhook's secret is whsec_ and base64") from error
    return f"{VERSION}," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
