"""Locust's side of the load: starts the server and the generator, shows and reports what the generator tells, judges.

The one Locust user is the generator. Nothing here sends a request or reads a clock for one. Exit codes: 0 passed,
1 a threshold was breached, 2 the run could not begin, 3 void because the generator was saturated.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import gevent
from locust import User, constant, events, task
from locust.env import Environment

from loadtests import profile
from loadtests.judge import FlowFigures, GeneratorFigures, Limits, Verdict, judge
from loadtests.server_process import ROOT, ServerProcess, StartError

OUT = ROOT / "out" / "load"
COULD_NOT_BEGIN = 2
REQUEST_TYPE = "grpc"

log = logging.getLogger("loadtests")


class CallFailed(Exception):
    """A call of the generator ended with a reason."""


@events.init_command_line_parser.add_listener
def add_arguments(parser: Any) -> None:
    """Adds the flags of the profile to Locust's own."""
    group = parser.add_argument_group("load")
    profile.add_arguments(group)
    group.add_argument("--thresholds", default="loadtests/thresholds.toml", help="what the run must keep to")


class Session:
    """One run: server, generator, figures."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._options: dict[str, Any] = vars(environment.parsed_options)
        self._server = ServerProcess(OUT / "server")
        self._generator: subprocess.Popen[str] | None = None
        self._flows: dict[str, FlowFigures] = {}
        self._closing: dict[str, Any] = {}

    def run(self) -> int:
        """Runs the load and returns the exit code."""
        try:
            limits = Limits.from_file(Path(self._options["thresholds"]))
            address = self._options["host"] or self._server.start()
            self._pump(address)
        except (StartError, OSError, TypeError) as error:
            log.error("%s", error)
            return COULD_NOT_BEGIN
        finally:
            self.stop()
        if not self._closing:
            log.error("the generator ended early; its message is above")
            return COULD_NOT_BEGIN
        generator = GeneratorFigures(**self._closing["generator"])
        verdict = judge(self._flows, generator, limits)
        self._write_summary(verdict, generator)
        return verdict.exit_code

    def stop(self) -> None:
        """Ends generator and server; may be called at any time and more than once."""
        generator, self._generator = self._generator, None
        if generator is not None and generator.poll() is None:
            generator.kill()
            generator.wait()
        self._server.stop()

    def _pump(self, address: str) -> None:
        """Runs the generator to its end and takes in what it tells."""
        command = [sys.executable, "-m", "loadtests.generator", *profile.command_line(self._options, address)]
        self._generator = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._generator.stdout is not None
        for line in self._generator.stdout:
            self._take(json.loads(line))
        self._generator.wait()

    def _take(self, told: dict[str, Any]) -> None:
        match told["kind"]:
            case "ready":
                log.warning("the load begins")
            case "done":
                self._closing = told
                for flow, due in told["due"].items():
                    self._flow(flow).due = due
            case "shed":
                self._flow(told["flow"]).shed += 1
                self._fire(told["flow"], 0.0, "SHED")
            case "call":
                figures = self._flow(told["flow"])
                if told["error"]:
                    figures.errors[told["error"]] = figures.errors.get(told["error"], 0) + 1
                else:
                    figures.latencies_ms.append(told["latency_ms"])
                self._fire(told["flow"], told["latency_ms"], told["error"])

    def _flow(self, name: str) -> FlowFigures:
        return self._flows.setdefault(name, FlowFigures())

    def _fire(self, flow: str, latency_ms: float, error: str) -> None:
        """Tells Locust, for its tables and its report."""
        self._environment.events.request.fire(
            request_type=REQUEST_TYPE,
            name=flow,
            response_time=latency_ms,
            response_length=0,
            exception=CallFailed(error) if error else None,
            context={},
        )

    def _write_summary(self, verdict: Verdict, generator: GeneratorFigures) -> None:
        """Writes figures and verdict to `summary.json` and says the verdict."""
        seconds = self._closing["seconds"]
        summary = {
            "verdict": verdict.word,
            "findings": list(verdict.findings),
            "profile": {name: self._options[name] for name in profile.Profile.__slots__ if name in self._options},
            "flows": {flow: figures.summary(seconds) for flow, figures in sorted(self._flows.items())},
            "generator": asdict(generator),
            "machine": {"cpus": os.cpu_count(), "platform": platform.platform(), "commit": _commit()},
        }
        OUT.mkdir(parents=True, exist_ok=True)
        (OUT / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        for flow, figures in summary["flows"].items():
            log.warning("%s: %s", flow, json.dumps(figures))
        log.warning("generator: %s", json.dumps(summary["generator"]))
        log.warning("verdict: %s", "\n  ".join([verdict.word, *verdict.findings]))


def _commit() -> str:
    """Returns the commit measured, empty outside a checkout."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip()


class Generator(User):
    """The one user: it is the generator."""

    wait_time = constant(0)

    @task
    def run_load(self) -> None:
        """Runs the whole load once and ends the test."""
        session = Session(self.environment)
        self.environment.events.quitting.add_listener(lambda environment, **_: session.stop())
        self.environment.process_exit_code = session.run()
        # Not from here: quitting kills this greenlet and would wait for itself.
        gevent.spawn(self.environment.runner.quit)
        gevent.sleep(60)
