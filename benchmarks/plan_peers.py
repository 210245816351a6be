"""Other solvers on one Solomon-style instance: run by `bench_plan.py` with `.venv-peers`, imports nothing of ours.

`python plan_peers.py PEER` reads a job from standard input (points, rows, fleet, seconds; all lengths in tenths, cut
down: the DIMACS convention) and writes the routes it found. Setting a model up is not counted, searching is.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

Job = dict[str, Any]
Routes = list[list[int]]


def matrix(job: Job) -> list[list[int]]:
    """Returns the distances in tenths, cut down."""
    points = job["points"]
    return [[int(10 * ((ax - bx) ** 2 + (ay - by) ** 2) ** 0.5 + 1e-9) for bx, by in points] for ax, ay in points]


def pyvrp(job: Job) -> tuple[Routes, float]:
    """PyVRP: hybrid of iterated local search with penalties."""
    import numpy as np
    from pyvrp import ActivityType, Model, solve
    from pyvrp.stop import MaxRuntime

    model = Model()
    places = [model.add_location(x, y) for x, y in job["points"]]
    depot = model.add_depot(places[0])
    opening, closing = job["rows"][0][1:3]
    model.add_vehicle_type(job["vehicles"], job["capacity"], depot, depot, tw_early=opening, tw_late=closing)
    for place, (demand, ready, due, service) in zip(places[1:], job["rows"][1:], strict=True):
        model.add_client(place, delivery=demand, service_duration=service, tw_early=ready, tw_late=due)
    distances = np.array(matrix(job))
    data = model.data().replace(distance_matrices=[distances], duration_matrices=[distances])
    begin = time.perf_counter()
    found = solve(data, MaxRuntime(job["seconds"]), seed=1, display=False, collect_stats=False)
    seconds = time.perf_counter() - begin
    if not found.is_feasible():
        return [], seconds
    clients = [[stop.idx + 1 for stop in route if stop.type == ActivityType.CLIENT] for route in found.best.routes()]
    return clients, seconds


def ortools(job: Job) -> tuple[Routes, float]:
    """OR-Tools routing: cheapest insertion, then guided local search."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    distances, rows = matrix(job), job["rows"]
    manager = pywrapcp.RoutingIndexManager(len(rows), job["vehicles"], 0)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    # Tables keep Python out of the search.
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(distances))
    load = routing.RegisterUnaryTransitVector([row[0] for row in rows])
    routing.AddDimension(load, 0, job["capacity"], True, "load")
    durations = [[rows[a][3] + distances[a][b] for b in range(len(rows))] for a in range(len(rows))]
    horizon = rows[0][2]
    routing.AddDimension(routing.RegisterTransitMatrix(durations), horizon, horizon, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for index in range(1, len(rows)):
        clock.CumulVar(manager.NodeToIndex(index)).SetRange(rows[index][1], rows[index][2])
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(job["seconds"] * 1000))
    begin = time.perf_counter()
    found = routing.SolveWithParameters(parameters)
    seconds = time.perf_counter() - begin
    if found is None:
        return [], seconds
    routes = []
    for vehicle in range(job["vehicles"]):
        index, stops = found.Value(routing.NextVar(routing.Start(vehicle))), []
        while not routing.IsEnd(index):
            stops.append(node(index))
            index = found.Value(routing.NextVar(index))
        routes.append(stops)
    return routes, seconds


def pyvroom(job: Job) -> tuple[Routes, float]:
    """VROOM through pyvroom, one thread: the best of all exploration levels, each with the whole search time.

    A high level cut off early never reaches its local search, so no single level is fair to it at every search time.
    """
    plans = [vroom_plan(job, level) for level in range(6)]
    whole = [(plan, seconds) for plan, seconds in plans if not plan["unassigned"]]
    if not whole:
        return [], max(seconds for _, seconds in plans)
    plan, seconds = min(whole, key=lambda each: each[0]["summary"]["cost"])
    return [[step["id"] for step in route["steps"] if step["type"] == "job"] for route in plan["routes"]], seconds


def vroom_plan(job: Job, level: int) -> tuple[dict[str, Any], float]:
    """Returns VROOM's plan at one exploration level."""
    import vroom

    problem = vroom.Input()
    problem.set_durations_matrix("car", matrix(job))
    opening, closing = job["rows"][0][1:3]
    for vehicle in range(job["vehicles"]):
        window = vroom.TimeWindow(opening, closing)
        problem.add_vehicle(vroom.Vehicle(vehicle, start=0, end=0, capacity=[job["capacity"]], time_window=window))
    for index, (demand, ready, due, service) in enumerate(job["rows"][1:], start=1):
        windows = [vroom.TimeWindow(ready, due)]
        delivery = vroom.Amount([demand])
        visit = vroom.Job(index, location=index, default_service=service, delivery=delivery, time_windows=windows)
        problem.add_job(visit)
    begin = time.perf_counter()
    found = problem.solve(exploration_level=level, nb_threads=1, timeout=timedelta(seconds=job["seconds"]))
    return found.to_dict(), time.perf_counter() - begin


def vrp_cli(job: Job) -> tuple[Routes, float]:
    """vrp-cli (reinterpretcat/vrp): evolutionary ruin and recreate, one thread."""
    import os

    import vrp_cli as solver

    distances = matrix(job)

    def moment(tenths: int) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(tenths))

    opening, closing = (moment(value) for value in job["rows"][0][1:3])
    jobs = [
        {
            "id": str(index),
            "deliveries": [
                {
                    "places": [
                        {"location": {"index": index}, "duration": service, "times": [[moment(ready), moment(due)]]}
                    ],
                    "demand": [demand],
                }
            ],
        }
        for index, (demand, ready, due, service) in enumerate(job["rows"][1:], start=1)
    ]
    ends = {
        "start": {"earliest": opening, "location": {"index": 0}},
        "end": {"latest": closing, "location": {"index": 0}},
    }
    fleet = {
        "vehicles": [
            {
                "typeId": "car",
                "vehicleIds": [f"car{number}" for number in range(job["vehicles"])],
                "profile": {"matrix": "car"},
                "costs": {"fixed": 0.0, "distance": 1.0, "time": 0.0},
                "shifts": [ends],
                "capacity": [job["capacity"]],
            }
        ],
        "profiles": [{"name": "car"}],
    }
    objectives = [[{"type": "minimize-unassigned"}], [{"type": "minimize-cost"}]]
    problem = {"plan": {"jobs": jobs}, "fleet": fleet, "objectives": objectives}
    flat = [value for row in distances for value in row]
    ways = {"profile": "car", "travelTimes": flat, "distances": flat}
    config = {
        "termination": {"maxTime": max(1, int(job["seconds"]))},
        "environment": {"parallelism": {"numThreadPools": 1, "threadsPerPool": 1}, "logging": {"enabled": False}},
        "telemetry": {"progress": {"enabled": False}},
    }
    os.environ["RAYON_NUM_THREADS"] = "1"
    begin = time.perf_counter()
    text = solver.solve_pragmatic(json.dumps(problem), [json.dumps(ways)], json.dumps(config))
    seconds = time.perf_counter() - begin
    plan = json.loads(text)
    if plan.get("unassigned"):
        return [], seconds
    stops = [
        [int(each["jobId"]) for stop in tour["stops"] for each in stop["activities"] if each["type"] == "delivery"]
        for tour in plan["tours"]
    ]
    return stops, seconds


PEERS: dict[str, Callable[[Job], tuple[Routes, float]]] = {
    "pyvrp": pyvrp,
    "ortools": ortools,
    "pyvroom": pyvroom,
    "vrp-cli": vrp_cli,
}

if __name__ == "__main__":
    found, took = PEERS[sys.argv[1]](json.load(sys.stdin))
    json.dump({"routes": [route for route in found if route], "seconds": took}, sys.stdout)
