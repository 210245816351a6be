"""Receivers of webhooks take what the server signed just now, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from pydispatch_client import BadWebhook, verify_webhook

KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
BODY = b'{"webhook": "regions/sf/webhooks/ops", "events": [{"sequence": "7", "type": "visit.assigned", "later": 1}]}'
NOW_S = 1_767_600_000


def signed(body: bytes = BODY, key: bytes = KEY, time_s: int = NOW_S, message_id: str = "m1") -> dict[str, str]:
    digest = hmac.new(key, f"{message_id}.{time_s}.".encode() + body, hashlib.sha256).digest()
    return {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(time_s),
        "Webhook-Signature": f"v1,AAAA v1,{base64.b64encode(digest).decode()}",
    }


def test_a_signed_request_is_read_with_fields_of_later_versions() -> None:
    payload = verify_webhook(SECRET, signed(), BODY, now_s=NOW_S + 299)
    assert [(event.sequence, event.type) for event in payload.events] == [(7, "visit.assigned")]


def test_the_example_of_the_specification_verifies() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    verify_webhook(secret, headers, body, now_s=1_614_265_330)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (signed(), BODY + b" "),
        (signed(key=bytes(32)), BODY),
        (signed(time_s=NOW_S - 301), BODY),
        (signed(time_s=NOW_S + 301), BODY),
        (signed() | {"Webhook-Id": "m2"}, BODY),
        (signed() | {"Webhook-Timestamp": "soon"}, BODY),
        ({"Webhook-Id": "m1"}, BODY),
        (signed(b'{"events": 3}'), b'{"events": 3}'),
    ],
)
def test_anything_else_is_refused(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(BadWebhook):
        verify_webhook(SECRET, headers, body, now_s=NOW_S)


def test_a_broken_secret_is_the_receivers_own_fault() -> None:
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook("whsec_!", signed(), BODY, now_s=NOW_S)
