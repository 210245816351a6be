"""Rules of requests that ask why: what they name is of one region."""

from __future__ import annotations

from pydispatch_protos.dispatch.v1 import explanation_pb2 as pb

from pydispatch_server import names, reasons
from pydispatch_server.rules import refer
from pydispatch_server.rules.report import Report


def check_assignment(request: pb.ExplainAssignmentRequest, report: Report) -> None:
    """Checks that the technicians are of the visit's region."""
    visit = names.parse(request.name, names.VISITS)
    if visit is not None:
        refer.check_references(request.technicians, names.TECHNICIANS, visit.region, "technicians", report)


def check_compare(request: pb.CompareCandidatesRequest, report: Report) -> None:
    """Checks that there are two technicians of the visit's region."""
    visit = names.parse(request.name, names.VISITS)
    if visit is not None:
        refer.check_reference(request.technician, names.TECHNICIANS, visit.region, "technician", report)
        refer.check_reference(request.other_technician, names.TECHNICIANS, visit.region, "other_technician", report)
    if request.technician and request.technician == request.other_technician:
        report.add("other_technician", reasons.DUPLICATE, "is the same technician")


def check_evaluate(request: pb.EvaluatePlanRequest, report: Report) -> None:
    """Checks that everything named is of the plan's region, and no technician is named twice."""
    region = request.name.split("/")[1] if request.name.count("/") == 2 else ""
    seen: set[str] = set()
    for index, order in enumerate(request.orders):
        field = f"orders[{index}]"
        refer.check_reference(order.technician, names.TECHNICIANS, region, f"{field}.technician", report)
        for number, visit in enumerate(order.visits):
            refer.check_reference(visit, names.VISITS, region, f"{field}.visits[{number}]", report)
        if order.technician in seen:
            report.add(f"{field}.technician", reasons.DUPLICATE, "occurs earlier in the list")
        seen.add(order.technician)
