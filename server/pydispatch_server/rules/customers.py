"""Rules of customers, and the one spelling under which phone numbers and e-mail addresses are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import phonenumbers
from pydispatch_protos.dispatch.v1.customer_service_pb2 import CreateCustomerRequest, ResolveIdentityRequest

from pydispatch_server import reasons
from pydispatch_server.rules import refer
from pydispatch_server.rules.report import Report


def normal_phone(number: str) -> str | None:
    """Returns a phone number in E.164 form, or None when it cannot be brought into it.

    A number without a country code is refused: a region has no country of its own yet.
    """
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def normal_email(address: str) -> str:
    """Returns an e-mail address as it is compared: without surrounding blanks, case folded."""
    return address.strip().casefold()


def check_create(request: CreateCustomerRequest, report: Report) -> None:
    """Checks CreateCustomer: every number can be normalised and nothing occurs twice."""
    refer.check_text_key(request.request_id, "request_id", report)
    customer = request.customer
    for index, number in enumerate(customer.phone_numbers):
        if normal_phone(number) is None:
            _note_phone(f"customer.phone_numbers[{index}]", report)
    _check_distinct(customer.phone_numbers, normal_phone, "customer.phone_numbers", report)
    _check_distinct(customer.email_addresses, normal_email, "customer.email_addresses", report)


def check_resolve(request: ResolveIdentityRequest, report: Report) -> None:
    """Checks ResolveIdentity: the number can be normalised."""
    if request.WhichOneof("identity") == "phone_number" and normal_phone(request.phone_number) is None:
        _note_phone("phone_number", report)


def _note_phone(field: str, report: Report) -> None:
    """Notes a number that is none."""
    report.add(field, reasons.BAD_PHONE_NUMBER, 'must be a possible number with country code, such as "+14155550123"')


def _check_distinct(given: Iterable[str], normal: Callable[[str], str | None], field: str, report: Report) -> None:
    """Notes values that are the same once normalised."""
    seen: set[str] = set()
    for index, value in enumerate(given):
        key = normal(value)
        if key is not None and key in seen:
            report.add(f"{field}[{index}]", reasons.DUPLICATE, "occurs earlier in the list")
        if key is not None:
            seen.add(key)
