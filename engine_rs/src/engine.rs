//! The class `pydispatch.Engine`: one region, bytes in, bytes out.
//!
//! Here is only the face. What a call does is in live.rs (fixes and searches) and planner.rs (everything else); every
//! method passes the gate of enter.rs. Documentation for callers is in pydispatch/_engine.pyi.

use std::time::Duration;

use dispatch_core::model::Policy;
use dispatch_wire::plan::{self, Stats};
use dispatch_wire::{region, route, watched};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::enter::{enter, enter_attached};
use crate::failure::Failure;
use crate::live::Live;
use crate::location_stream::LocationStream;
use crate::location_watch::LocationWatch;
use crate::planner::Planner;
use crate::position_snapshot::PositionSnapshot;
use crate::solve::Deadline;

/// The dispatch engine of one region.
#[pyclass(frozen, module = "pydispatch")]
pub(crate) struct Engine {
    // Lock order: planner, then live. See planner.rs.
    planner: Planner,
    live: Live,
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (region, policy_json=None))]
    fn new(py: Python<'_>, region: &[u8], policy_json: Option<&str>) -> PyResult<Self> {
        enter(py, || {
            let region = region::decode(region)?;
            let policy = policy_json.map_or_else(|| Ok(Policy::default()), region::decode_policy)?;
            let live = Live::new(&region);
            Ok(Self { planner: Planner::new(region, policy)?, live })
        })
    }

    fn restore(&self, py: Python<'_>, snapshot: &[u8], now_ms: i64) -> PyResult<()> {
        enter(py, || self.planner.restore(snapshot, &self.live, now_ms))
    }

    fn apply<'py>(&self, py: Python<'py>, command: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.apply(command, &self.live, now_ms))
    }

    fn preview<'py>(&self, py: Python<'py>, command: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.preview(command, &self.live, now_ms))
    }

    #[pyo3(signature = (budget_ms, seed, max_moves, now_ms))]
    fn reoptimize<'py>(
        &self,
        py: Python<'py>,
        budget_ms: u64,
        seed: u32,
        max_moves: Option<u32>,
        now_ms: i64,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let mut budget = Deadline::of_time(Duration::from_millis(budget_ms));
        answer(py, || self.planner.reoptimize(&mut budget, seed, max_moves, &self.live, now_ms))
    }

    fn report_locations<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.live.report(request, now_ms))
    }

    fn stream_locations<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.live.stream(request, now_ms))
    }

    fn location_stream(slf: Bound<'_, Self>) -> LocationStream {
        LocationStream::new(slf.unbind())
    }

    fn position_snapshot(slf: Bound<'_, Self>) -> PositionSnapshot {
        PositionSnapshot::new(slf.unbind())
    }

    fn warm_positions(&self, py: Python<'_>, part: &[u8], now_ms: i64) -> PyResult<(u64, u64)> {
        enter(py, || self.live.warm(part, now_ms))
    }

    fn search_nearby<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.live.search(request, now_ms))
    }

    fn watch_locations(slf: Bound<'_, Self>, request: &[u8]) -> PyResult<LocationWatch> {
        let region_id = slf.get().live.region_id();
        let query = enter(slf.py(), || Ok(watched::decode(request, region_id)?))?;
        Ok(LocationWatch::new(slf.unbind(), query))
    }

    fn put_geofence(&self, py: Python<'_>, geofence: &[u8]) -> PyResult<()> {
        enter(py, || self.live.put_geofence(geofence))
    }

    fn delete_geofence(&self, py: Python<'_>, geofence_id: &str) -> PyResult<()> {
        enter(py, || self.live.delete_geofence(geofence_id))
    }

    fn restore_geofences(&self, py: Python<'_>, geofences: &[u8]) -> PyResult<()> {
        enter(py, || self.live.restore_geofences(geofences))
    }

    fn advance_fences(&self, py: Python<'_>, now_ms: i64) -> PyResult<()> {
        enter(py, || self.live.advance_fences(now_ms))
    }

    fn geofence_sequence(&self) -> i64 {
        self.live.newest_event()
    }

    fn geofence_events<'py>(
        &self,
        py: Python<'py>,
        after_sequence: i64,
        limit: usize,
    ) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.live.events(after_sequence, limit))
    }

    fn recommend<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.recommend(request, &self.live, now_ms))
    }

    fn explain_assignment<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.explain_assignment(request, &self.live, now_ms))
    }

    fn explain_unassigned<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.explain_unassigned(request, &self.live, now_ms))
    }

    fn compare_candidates<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.compare_candidates(request, &self.live, now_ms))
    }

    fn evaluate_plan<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.evaluate_plan(request, &self.live, now_ms))
    }

    fn study<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.study(request, &self.live, now_ms))
    }

    fn plan<'py>(&self, py: Python<'py>, request: &[u8], now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || self.planner.plan(request, now_ms))
    }

    fn check<'py>(&self, py: Python<'py>, now_ms: i64) -> PyResult<Bound<'py, PyBytes>> {
        // The checker judges what is recorded; callers say the time as everywhere, for rules that may need it.
        let _ = now_ms;
        answer(py, || self.planner.check())
    }

    fn policy_revision(&self) -> &str {
        self.planner.policy_revision()
    }

    fn stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        answer(py, || {
            let planned = self.planner.stats()?;
            let known = self.live.figures()?;
            Ok(plan::encode_stats(&Stats {
                technicians: planned.technicians,
                live_positions: known.positions,
                warmed_positions: known.warmed,
                relearned_positions: known.relearned,
                open_visits: planned.open_visits,
                unassigned_visits: planned.unassigned_visits,
                fixes: known.fixes,
            }))
        })
    }
}

impl Engine {
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }
}

/// Answers with the bytes that `work` makes.
fn answer<'py>(
    py: Python<'py>,
    work: impl FnOnce() -> Result<Vec<u8>, Failure> + Send,
) -> PyResult<Bound<'py, PyBytes>> {
    enter(py, work).map(|bytes| PyBytes::new(py, &bytes))
}

/// Returns the region a request is for.
#[pyfunction]
pub(crate) fn request_region(py: Python<'_>, request: &[u8]) -> PyResult<String> {
    enter_attached(py, || Ok(route::request_region(request)?.to_owned()))
}

/// Returns every reason the engine can give with the name of the error class it belongs to.
#[pyfunction]
pub(crate) fn reasons() -> Vec<(&'static str, &'static str)> {
    dispatch_wire::reason::REASONS.iter().map(|(reason, kind)| (*reason, kind.class_name())).collect()
}

/// Panics inside the gate, in the middle of a change of `engine` if one is given: tests show with it that nothing of a
/// panic gets out and that a half-done change is never used.
#[pyfunction]
#[pyo3(signature = (text, engine=None))]
pub(crate) fn _panic(py: Python<'_>, text: &str, engine: Option<&Engine>) -> PyResult<()> {
    enter(py, || match engine {
        Some(engine) => engine.planner.panic_inside(text),
        None => std::panic::panic_any(text.to_owned()),
    })
}
