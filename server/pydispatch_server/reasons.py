"""The catalogue of reasons: every UPPER_SNAKE word by which callers tell errors apart, each with its meaning.

docs/errors.md explains the same list and a test compares the two. The words the engine gives by itself live with the
engine; those that both give are the same word. Here is no logic but the mapping of validation rules to reasons.
"""

from __future__ import annotations

from typing import Final

# --- of whole requests ---------------------------------------------------------------------------------------------
INVALID_FIELDS: Final = "INVALID_FIELDS"
MALFORMED_MESSAGE: Final = "MALFORMED_MESSAGE"
MESSAGE_TOO_LARGE: Final = "MESSAGE_TOO_LARGE"
REQUEST_ID_REUSED: Final = "REQUEST_ID_REUSED"
HEADER_MISSING: Final = "HEADER_MISSING"
HEADER_REPEATED: Final = "HEADER_REPEATED"
SEQUENCE_GAP: Final = "SEQUENCE_GAP"

# --- of one field --------------------------------------------------------------------------------------------------
REQUIRED: Final = "REQUIRED"
OUT_OF_RANGE: Final = "OUT_OF_RANGE"
NOT_FINITE: Final = "NOT_FINITE"
BAD_FORMAT: Final = "BAD_FORMAT"
WRONG_REGION: Final = "WRONG_REGION"
TOO_MANY_ITEMS: Final = "TOO_MANY_ITEMS"
TOO_FEW_ITEMS: Final = "TOO_FEW_ITEMS"
TOO_LONG: Final = "TOO_LONG"
TOO_SHORT: Final = "TOO_SHORT"
UNKNOWN_VALUE: Final = "UNKNOWN_VALUE"
DUPLICATE: Final = "DUPLICATE"
INTERVAL_REVERSED: Final = "INTERVAL_REVERSED"
OVERLAP: Final = "OVERLAP"
OUTSIDE_REGION: Final = "OUTSIDE_REGION"
OUTSIDE_SHIFT: Final = "OUTSIDE_SHIFT"
WINDOW_ENDED: Final = "WINDOW_ENDED"
TOO_FAR_AHEAD: Final = "TOO_FAR_AHEAD"
UNKNOWN_REFERENCE: Final = "UNKNOWN_REFERENCE"
UNKNOWN_PATH: Final = "UNKNOWN_PATH"
NOT_MUTABLE: Final = "NOT_MUTABLE"
UNKNOWN_TIME_ZONE: Final = "UNKNOWN_TIME_ZONE"
BAD_PHONE_NUMBER: Final = "BAD_PHONE_NUMBER"
BAD_PAGE_TOKEN: Final = "BAD_PAGE_TOKEN"  # noqa: S105 - a reason, no secret
BAD_RESUME_TOKEN: Final = "BAD_RESUME_TOKEN"  # noqa: S105 - a reason, no secret
CLOCK_BACKWARDS: Final = "CLOCK_BACKWARDS"
TARGET_NOT_ALLOWED: Final = "TARGET_NOT_ALLOWED"
CONTRADICTION: Final = "CONTRADICTION"
EXTERNAL_ID_REUSED: Final = "EXTERNAL_ID_REUSED"
DEPENDENCY_CYCLE: Final = "DEPENDENCY_CYCLE"
DEPENDENCY_CLOSED: Final = "DEPENDENCY_CLOSED"

# --- of resources --------------------------------------------------------------------------------------------------
REGION_NOT_FOUND: Final = "REGION_NOT_FOUND"
TECHNICIAN_NOT_FOUND: Final = "TECHNICIAN_NOT_FOUND"
SERVICE_NOT_FOUND: Final = "SERVICE_NOT_FOUND"
CUSTOMER_NOT_FOUND: Final = "CUSTOMER_NOT_FOUND"
BOOKING_NOT_FOUND: Final = "BOOKING_NOT_FOUND"
VISIT_NOT_FOUND: Final = "VISIT_NOT_FOUND"
BATCH_NOT_FOUND: Final = "BATCH_NOT_FOUND"
GEOFENCE_NOT_FOUND: Final = "GEOFENCE_NOT_FOUND"
WEBHOOK_NOT_FOUND: Final = "WEBHOOK_NOT_FOUND"
AUDIT_NOT_FOUND: Final = "AUDIT_NOT_FOUND"
OPERATION_NOT_FOUND: Final = "OPERATION_NOT_FOUND"
PROPOSAL_NOT_FOUND: Final = "PROPOSAL_NOT_FOUND"
REVISION_NOT_FOUND: Final = "REVISION_NOT_FOUND"
REGION_EXISTS: Final = "REGION_EXISTS"
TECHNICIAN_EXISTS: Final = "TECHNICIAN_EXISTS"
SERVICE_EXISTS: Final = "SERVICE_EXISTS"
CUSTOMER_EXISTS: Final = "CUSTOMER_EXISTS"
BOOKING_EXISTS: Final = "BOOKING_EXISTS"
VISIT_EXISTS: Final = "VISIT_EXISTS"
GEOFENCE_EXISTS: Final = "GEOFENCE_EXISTS"
WEBHOOK_EXISTS: Final = "WEBHOOK_EXISTS"
ETAG_MISMATCH: Final = "ETAG_MISMATCH"
PLAN_CHANGED: Final = "PLAN_CHANGED"

# --- of states -----------------------------------------------------------------------------------------------------
ILLEGAL_TRANSITION: Final = "ILLEGAL_TRANSITION"
WRONG_TECHNICIAN: Final = "WRONG_TECHNICIAN"
RULE_BROKEN: Final = "RULE_BROKEN"
AUDIT_BROKEN: Final = "AUDIT_BROKEN"
TECHNICIAN_UNDER_WAY: Final = "TECHNICIAN_UNDER_WAY"

# --- of the server -------------------------------------------------------------------------------------------------
QUEUE_FULL: Final = "QUEUE_FULL"
TOO_MANY_WATCHERS: Final = "TOO_MANY_WATCHERS"
TOO_MANY_OPERATIONS: Final = "TOO_MANY_OPERATIONS"
TOO_MANY_REGIONS: Final = "TOO_MANY_REGIONS"
TOO_MANY_WEBHOOKS: Final = "TOO_MANY_WEBHOOKS"
OVER_CREDIT: Final = "OVER_CREDIT"
DEADLINE_PASSED: Final = "DEADLINE_PASSED"
STORE_UNAVAILABLE: Final = "STORE_UNAVAILABLE"
REBUILDING: Final = "REBUILDING"
FENCED: Final = "FENCED"
SHUTTING_DOWN: Final = "SHUTTING_DOWN"
INTERNAL: Final = "INTERNAL"

FIELD: Final = "field"

# Reason -> (class of error it belongs to, or FIELD for one violation of an InvalidRequest; meaning).
CATALOGUE: Final[dict[str, tuple[str, str]]] = {
    INVALID_FIELDS: ("InvalidRequest", "One or more fields break their documented bounds; each is listed."),
    MALFORMED_MESSAGE: ("InvalidRequest", "The bytes are not a message of the expected type."),
    MESSAGE_TOO_LARGE: ("InvalidRequest", "The message has more bytes than are read."),
    REQUEST_ID_REUSED: ("InvalidRequest", "The request_id was used before with another method or body."),
    HEADER_MISSING: ("InvalidRequest", "The first message of an import carries no header."),
    HEADER_REPEATED: ("InvalidRequest", "A later message of an import carries a header."),
    SEQUENCE_GAP: ("InvalidRequest", "A batch of a location stream does not follow the last one taken."),
    REQUIRED: (FIELD, "A required value is missing."),
    OUT_OF_RANGE: (FIELD, "A number or time lies outside its range."),
    NOT_FINITE: (FIELD, "A number is NaN or infinite."),
    BAD_FORMAT: (FIELD, "An identifier, name, address or tag is not of its form."),
    WRONG_REGION: (FIELD, "The name belongs to another region."),
    TOO_MANY_ITEMS: (FIELD, "A list has more items than allowed."),
    TOO_FEW_ITEMS: (FIELD, "A list has fewer items than needed."),
    TOO_LONG: (FIELD, "A text, or an interval of time, is longer than allowed."),
    TOO_SHORT: (FIELD, "A text is shorter than allowed."),
    UNKNOWN_VALUE: (FIELD, "An enumeration value is not defined or not allowed here."),
    DUPLICATE: (FIELD, "An item that must occur once occurs again."),
    INTERVAL_REVERSED: (FIELD, "The start of an interval is after its end."),
    OVERLAP: (FIELD, "Two intervals that must not overlap do, or they are out of order."),
    OUTSIDE_REGION: (FIELD, "A place lies too far from the region's centre."),
    OUTSIDE_SHIFT: (FIELD, "A break does not lie inside its shift."),
    WINDOW_ENDED: (FIELD, "The window has already ended."),
    TOO_FAR_AHEAD: (FIELD, "A time lies further ahead than is planned for."),
    UNKNOWN_REFERENCE: (FIELD, "The resource named here does not exist."),
    UNKNOWN_PATH: (FIELD, "The update mask names a field that does not exist."),
    NOT_MUTABLE: (FIELD, "The update mask names a field that a caller may not set this way."),
    UNKNOWN_TIME_ZONE: (FIELD, "The IANA time zone is not known."),
    BAD_PHONE_NUMBER: (FIELD, "The phone number cannot be brought into E.164 form."),
    BAD_PAGE_TOKEN: (FIELD, "The page token was not given by this method with these filters."),
    BAD_RESUME_TOKEN: (FIELD, "The resume token was not given by a watch of this region."),
    CLOCK_BACKWARDS: (FIELD, "The manual clock cannot go back."),
    TARGET_NOT_ALLOWED: (FIELD, "The address is not one that this server sends webhooks to."),
    CONTRADICTION: (FIELD, "The field cannot be fulfilled together with another one."),
    EXTERNAL_ID_REUSED: (FIELD, "The row was imported before under this external_id with other content."),
    DEPENDENCY_CYCLE: (FIELD, "Visits wait for one another in a circle; the description names it."),
    DEPENDENCY_CLOSED: (FIELD, "What must come before is not planned, or was cancelled, has failed or has expired."),
    REGION_NOT_FOUND: ("NotFound", "There is no region of that name."),
    TECHNICIAN_NOT_FOUND: ("NotFound", "There is no technician of that name."),
    SERVICE_NOT_FOUND: ("NotFound", "There is no service of that name."),
    CUSTOMER_NOT_FOUND: ("NotFound", "There is no customer of that name."),
    BOOKING_NOT_FOUND: ("NotFound", "There is no booking of that name."),
    VISIT_NOT_FOUND: ("NotFound", "There is no visit of that name."),
    BATCH_NOT_FOUND: ("NotFound", "There is no batch of that name."),
    GEOFENCE_NOT_FOUND: ("NotFound", "There is no geofence of that name."),
    WEBHOOK_NOT_FOUND: ("NotFound", "There is no webhook of that name."),
    AUDIT_NOT_FOUND: ("NotFound", "There is no audit record or checkpoint of that name."),
    OPERATION_NOT_FOUND: ("NotFound", "There is no plan operation of that name, or not any more."),
    PROPOSAL_NOT_FOUND: ("NotFound", "There is no plan proposal of that name, or not any more."),
    REVISION_NOT_FOUND: ("NotFound", "There is no such revision of the plan, or it is too long ago to be known."),
    REGION_EXISTS: ("AlreadyExists", "There is a region of that name."),
    TECHNICIAN_EXISTS: ("AlreadyExists", "There is a technician of that name."),
    SERVICE_EXISTS: ("AlreadyExists", "There is a service of that name."),
    CUSTOMER_EXISTS: ("AlreadyExists", "There is a customer of that name."),
    VISIT_EXISTS: ("AlreadyExists", "There is a visit of that name."),
    BOOKING_EXISTS: ("AlreadyExists", "There is a booking of that name."),
    GEOFENCE_EXISTS: ("AlreadyExists", "There is a geofence of that name."),
    WEBHOOK_EXISTS: ("AlreadyExists", "There is a webhook of that name."),
    ETAG_MISMATCH: ("Conflict", "The resource has changed since it was read: read again and retry."),
    PLAN_CHANGED: ("Conflict", "The plan has changed since the change to it was worked out: preview again."),
    ILLEGAL_TRANSITION: ("IllegalTransition", "The step cannot be taken from the state the thing is in."),
    WRONG_TECHNICIAN: ("IllegalTransition", "The visit is not placed with the technician who reports."),
    RULE_BROKEN: ("IllegalTransition", "A hard rule would be broken; metadata says which one and by how much."),
    AUDIT_BROKEN: ("IllegalTransition", "The stored audit is not what was signed; VerifyAudit says where."),
    TECHNICIAN_UNDER_WAY: ("IllegalTransition", "The technician cannot go while a visit is under way."),
    QUEUE_FULL: ("Overloaded", "The region has as many commands waiting as it takes."),
    TOO_MANY_WATCHERS: ("Overloaded", "The region has as many watchers as it takes."),
    TOO_MANY_OPERATIONS: ("Overloaded", "The region has as many searches under way as it may."),
    TOO_MANY_REGIONS: ("Overloaded", "The server has as many regions as it takes."),
    TOO_MANY_WEBHOOKS: ("Overloaded", "The region has as many webhooks as it takes."),
    OVER_CREDIT: ("Overloaded", "More batches of one location stream are under way than its credit allows."),
    DEADLINE_PASSED: ("DeadlinePassed", "The deadline passed while the command waited; it was not applied."),
    STORE_UNAVAILABLE: ("Unavailable", "The change could not be made durable; it was not applied."),
    REBUILDING: ("Unavailable", "The region is being rebuilt from the store."),
    FENCED: ("Unavailable", "Another server has taken the region over."),
    SHUTTING_DOWN: ("Unavailable", "The server is about to stop."),
    INTERNAL: ("InternalError", "A defect of the server; the log has the story under the error id."),
}

# Identifier of a protovalidate rule, without its type -> reason.
_BY_RULE: Final[dict[str, str]] = {
    "required": REQUIRED,
    "pattern": BAD_FORMAT,
    "email": BAD_FORMAT,
    "email_empty": BAD_FORMAT,
    "max_len": TOO_LONG,
    "min_len": TOO_SHORT,
    "max_items": TOO_MANY_ITEMS,
    "min_items": TOO_FEW_ITEMS,
    "finite": NOT_FINITE,
    "defined_only": UNKNOWN_VALUE,
    "not_in": UNKNOWN_VALUE,
    "TIME_WINDOW_REVERSED": INTERVAL_REVERSED,
    "CERTIFICATE_INTERVAL_REVERSED": INTERVAL_REVERSED,
    "SPEED_TABLE_LENGTH": TOO_FEW_ITEMS,
}


def of_rule(rule_id: str) -> str:
    """Returns the reason for the identifier of a validation rule, such as "string.pattern"."""
    return _BY_RULE.get(rule_id.rpartition(".")[2], OUT_OF_RANGE)
