"""Cases of bad input about changes of the plan and questions about it."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import booking_service_pb2 as bookings
from pydispatch_protos.dispatch.v1 import dispatch_service_pb2 as dispatch
from pydispatch_protos.dispatch.v1 import explanation_pb2 as why
from pydispatch_protos.dispatch.v1 import plan_change_pb2 as changes
from pydispatch_protos.dispatch.v1 import plan_history_pb2 as history

from tests.server import harness
from tests.server.bad_input import ABORTED, INVALID, MISSING, OTHER, T000, YEAR_9999_S, Case
from tests.server.harness import PLAN, REGION

FIRST = f"{REGION}/visits/first"
NOBODY = f"{REGION}/technicians/none"

PLAN_CHANGE_CASES = [
    Case("assign nothing", changes.AssignVisitRequest(), {"name": "BAD_FORMAT", "technician": "BAD_FORMAT"}),
    Case(
        "assign across regions",
        changes.AssignVisitRequest(name=FIRST, technician=f"{OTHER}/technicians/t000"),
        {"technician": "WRONG_REGION"},
    ),
    Case(
        "assign to nobody",
        changes.AssignVisitRequest(name=FIRST, technician=NOBODY),
        {"technician": "UNKNOWN_REFERENCE"},
    ),
    Case(
        "assign an unknown visit",
        changes.AssignVisitRequest(name=f"{REGION}/visits/none", technician=T000),
        {},
        MISSING,
        "VISIT_NOT_FOUND",
    ),
    Case(
        "assign before the first position",
        changes.AssignVisitRequest(name=FIRST, technician=T000, position=-1),
        {"position": "OUT_OF_RANGE"},
    ),
    Case(
        "assign behind the last position",
        changes.AssignVisitRequest(name=FIRST, technician=T000, position=7),
        {"position": "OUT_OF_RANGE"},
    ),
    Case(
        "assign a visit read long ago",
        changes.AssignVisitRequest(name=FIRST, technician=T000, etag="0"),
        {},
        ABORTED,
        "ETAG_MISMATCH",
    ),
    Case(
        "unassign with NUL",
        changes.UnassignVisitRequest(name=FIRST, request_id="a\0b"),
        {"request_id": "BAD_FORMAT"},
    ),
    Case(
        "unassign an unknown visit",
        changes.UnassignVisitRequest(name=f"{REGION}/visits/none"),
        {},
        MISSING,
        "VISIT_NOT_FOUND",
    ),
    Case("pin nothing", changes.PinVisitRequest(), {"name": "BAD_FORMAT", "pin_technician": "REQUIRED"}),
    Case(
        "pin with NUL",
        changes.PinVisitRequest(name=FIRST, pin_start_time=True, request_id="a\0b"),
        {"request_id": "BAD_FORMAT"},
    ),
    Case(
        "pin an unknown visit",
        changes.PinVisitRequest(name=f"{REGION}/visits/none", pin_position=True),
        {},
        MISSING,
        "VISIT_NOT_FOUND",
    ),
    Case(
        "pin a visit read long ago",
        changes.PinVisitRequest(name=FIRST, pin_technician=True, etag="0"),
        {},
        ABORTED,
        "ETAG_MISMATCH",
    ),
    Case(
        "unpin nothing, with too long an etag",
        changes.UnpinVisitRequest(etag="e" * 65),
        {"name": "BAD_FORMAT", "etag": "TOO_LONG"},
    ),
    Case(
        "unpin an unknown visit",
        changes.UnpinVisitRequest(name=f"{REGION}/visits/none"),
        {},
        MISSING,
        "VISIT_NOT_FOUND",
    ),
    Case("emergency of nothing", changes.InsertEmergencyRequest(parent=REGION), {"booking": "REQUIRED"}),
    Case(
        "emergency with unknown references",
        changes.InsertEmergencyRequest(
            parent=REGION, booking=harness.booking(service=f"{REGION}/services/none", required_technician=NOBODY)
        ),
        {"booking.service": "UNKNOWN_REFERENCE", "booking.required_technician": "UNKNOWN_REFERENCE"},
    ),
    Case(
        "emergency with too many moves",
        changes.InsertEmergencyRequest(parent=REGION, booking=harness.booking(), max_moved_visits=1001),
        {"max_moved_visits": "OUT_OF_RANGE"},
    ),
    Case(
        "disruption elsewhere",
        dispatch.ReportDisruptionRequest(
            parent=REGION, technician_sick=dispatch.TechnicianSick(technician=f"{OTHER}/technicians/t000")
        ),
        {"technician_sick.technician": "WRONG_REGION"},
    ),
    Case(
        "overrun of nothing",
        dispatch.ReportDisruptionRequest(parent=REGION, visit_overrun=dispatch.VisitOverrun(delay_s=90_000)),
        {"visit_overrun.visit": "BAD_FORMAT", "visit_overrun.delay_s": "OUT_OF_RANGE"},
    ),
    Case(
        "fewer than no moves",
        dispatch.ReportDisruptionRequest(
            parent=REGION, customer_no_show=dispatch.CustomerNoShow(visit=FIRST), max_moved_visits=-1
        ),
        {"max_moved_visits": "OUT_OF_RANGE"},
    ),
    Case("preview of nothing", dispatch.PreviewPlanChangeRequest(parent=REGION), {"change": "REQUIRED"}),
    Case(
        "preview of another region's change",
        dispatch.PreviewPlanChangeRequest(
            parent=REGION, insert_emergency=changes.InsertEmergencyRequest(parent=OTHER, booking=bookings.Booking())
        ),
        {
            "insert_emergency.booking.service": "BAD_FORMAT",
            "insert_emergency.booking.site": "REQUIRED",
            "insert_emergency.parent": "WRONG_REGION",
        },
    ),
    Case(
        "preview to nobody",
        dispatch.PreviewPlanChangeRequest(
            parent=REGION, assign_visit=changes.AssignVisitRequest(name=FIRST, technician=NOBODY)
        ),
        {"technician": "UNKNOWN_REFERENCE"},
    ),
    Case(
        "commit of nothing",
        changes.CommitPlanProposalRequest(name=f"{REGION}/planProposals/none"),
        {"etag": "TOO_SHORT"},
    ),
    Case(
        "commit of an unknown proposal",
        changes.CommitPlanProposalRequest(name=f"{REGION}/planProposals/none", etag="1"),
        {},
        MISSING,
        "PROPOSAL_NOT_FOUND",
    ),
    Case(
        "search for two minutes",
        changes.ReoptimizePlanRequest(name=PLAN, budget_ms=120_000, max_moved_visits=-1),
        {"budget_ms": "OUT_OF_RANGE", "max_moved_visits": "OUT_OF_RANGE"},
    ),
    Case(
        "search in no region",
        changes.ReoptimizePlanRequest(name=f"{OTHER}/plan"),
        {},
        MISSING,
        "REGION_NOT_FOUND",
    ),
    Case(
        "search with a request_id used for something else",
        changes.ReoptimizePlanRequest(name=PLAN, budget_ms=1, request_id="once"),
        {"request_id": "REQUEST_ID_REUSED"},
        INVALID,
        "REQUEST_ID_REUSED",
    ),
    Case(
        "explain an unknown visit",
        why.ExplainAssignmentRequest(name=f"{REGION}/visits/none"),
        {},
        MISSING,
        "VISIT_NOT_FOUND",
    ),
    Case(
        "explain too much",
        why.ExplainAssignmentRequest(name=FIRST, max_candidates=51, max_misses=1001, technicians=[T000, T000]),
        {"max_candidates": "OUT_OF_RANGE", "max_misses": "OUT_OF_RANGE", "technicians[1]": "DUPLICATE"},
    ),
    Case(
        "explain an unknown technician",
        why.ExplainAssignmentRequest(name=FIRST, technicians=[NOBODY]),
        {},
        MISSING,
        "TECHNICIAN_NOT_FOUND",
    ),
    Case("why not nothing", why.ExplainUnassignedRequest(), {"name": "BAD_FORMAT"}),
    Case(
        "compare with oneself",
        why.CompareCandidatesRequest(name=FIRST, technician=T000, other_technician=T000),
        {"other_technician": "DUPLICATE"},
    ),
    Case(
        "compare across regions",
        why.CompareCandidatesRequest(name=FIRST, technician=T000, other_technician=f"{OTHER}/technicians/t000"),
        {"other_technician": "WRONG_REGION"},
    ),
    Case("evaluate nothing", why.EvaluatePlanRequest(name=PLAN), {"orders": "TOO_FEW_ITEMS"}),
    Case(
        "evaluate what is elsewhere",
        why.EvaluatePlanRequest(
            name=PLAN,
            orders=[
                why.VisitOrder(technician=T000, visits=[f"{OTHER}/visits/first"]),
                why.VisitOrder(technician=T000),
            ],
        ),
        {"orders[0].visits[0]": "WRONG_REGION", "orders[1].technician": "DUPLICATE"},
    ),
    Case(
        "evaluate an unknown visit",
        why.EvaluatePlanRequest(name=PLAN, orders=[why.VisitOrder(technician=T000, visits=[f"{REGION}/visits/none"])]),
        {},
        MISSING,
        "VISIT_NOT_FOUND",
    ),
    Case(
        "recommend in year 9999",
        dispatch.RecommendTechniciansRequest(
            parent=REGION, location=harness.CENTER, start_window=harness.window(YEAR_9999_S, YEAR_9999_S + 60)
        ),
        {"start_window.start_time": "TOO_FAR_AHEAD", "start_window.end_time": "TOO_FAR_AHEAD"},
    ),
    Case(
        "recommend for yesterday",
        dispatch.RecommendTechniciansRequest(
            parent=REGION,
            location=harness.CENTER,
            start_window=harness.window(harness.START_S - 7200, harness.START_S - 3600),
            explain_rejected=-1,
        ),
        {"explain_rejected": "OUT_OF_RANGE"},
    ),
    Case(
        "operation unknown",
        history.GetPlanOperationRequest(name=f"{REGION}/planOperations/none"),
        {},
        MISSING,
        "OPERATION_NOT_FOUND",
    ),
    Case(
        "cancel an unknown operation",
        history.CancelPlanOperationRequest(name=f"{REGION}/planOperations/none"),
        {},
        MISSING,
        "OPERATION_NOT_FOUND",
    ),
    Case(
        "search of another region's plan",
        history.StartPlanOperationRequest(
            parent=REGION, budget_ms=1, reoptimize_plan=changes.ReoptimizePlanRequest(name=f"{OTHER}/plan")
        ),
        {"reoptimize_plan.name": "WRONG_REGION"},
    ),
    Case(
        "search for no time",
        history.StartPlanOperationRequest(
            parent=REGION, reoptimize_plan=changes.ReoptimizePlanRequest(name=PLAN, seed=1)
        ),
        {"budget_ms": "OUT_OF_RANGE"},
    ),
    Case(
        "operations of a foreign token",
        history.ListPlanOperationsRequest(parent=REGION, page_token="no"),
        {"page_token": "BAD_PAGE_TOKEN"},
    ),
    Case(
        "revisions before the first",
        history.ListPlanRevisionsRequest(parent=REGION, after_sequence=-1, page_size=1001),
        {"after_sequence": "OUT_OF_RANGE", "page_size": "OUT_OF_RANGE"},
    ),
    Case(
        "back to before the first revision",
        history.RevertPlanRequest(name=f"{REGION}/plan", sequence=-1, request_id="x" * 65),
        {"sequence": "OUT_OF_RANGE", "request_id": "TOO_LONG"},
    ),
    Case(
        "wait for an hour",
        history.WaitPlanOperationRequest(name=f"{REGION}/planOperations/none", timeout_ms=3_600_000),
        {"timeout_ms": "OUT_OF_RANGE"},
    ),
]
