//! The class `pydispatch.LiveIndex`: the live index by itself, as a library, for any moving points.
//!
//! Names are interned once; the calls that must be fast take and give numbers, and arrays through the buffer protocol.
//! Documentation for callers is in pydispatch/_engine.pyi.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use dispatch_core::geo::{
    Attributes, Availability, Certificate, Filter, Fix, FixCounts, FixOutcome, IngestLimits, LatLng,
    LiveIndex as Index, Search, SearchBuffer, TechnicianIndex,
};
use dispatch_wire::reason;
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};

use crate::arrays::{slice, view};
use crate::enter::{enter, enter_attached};
use crate::failure::Failure;
use crate::guarded::Guarded;
use crate::index_filter::{Conditions, IndexFilter, availability_of, geo};

/// Most fixes made under one hold of the lock.
const CHUNK: usize = 1_000;
/// Most searches made under one hold of the lock.
const SEARCH_CHUNK: usize = 64;
/// Fills the places of an answer beyond the last one found.
const NOBODY: u32 = u32::MAX;
/// Most searches, and most answers, of one call: 16 million answers are 192 MB.
const MAX_ANSWERS: usize = 1 << 24;

thread_local! {
    /// Memory of searches, reused so that they allocate nothing after the first.
    static BUFFER: RefCell<SearchBuffer> = RefCell::default();
}

/// Many moving technicians, and who of them is near.
#[pyclass(frozen, module = "pydispatch")]
pub(crate) struct LiveIndex {
    /// Told by filters, so that one index is not asked with the numbers of another.
    serial: u64,
    index: Guarded<Index>,
}

type Skills = Vec<(String, u8)>;
type Certificates = Vec<(String, Option<i64>, Option<i64>)>;

#[pymethods]
impl LiveIndex {
    #[new]
    #[pyo3(signature = (*, max_future_ms=30_000, max_speed_mps=70.0, jump_slack_m=500.0))]
    fn new(py: Python<'_>, max_future_ms: i64, max_speed_mps: f64, jump_slack_m: f64) -> PyResult<Self> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        enter_attached(py, || {
            let is_speed = max_speed_mps > 0.0;
            let is_slack = jump_slack_m >= 0.0;
            if max_future_ms < 0 || !is_speed || !is_slack {
                return Err(Failure::field("limits", reason::OUT_OF_RANGE, "limits must be positive"));
            }
            let limits = IngestLimits { max_future_ms, max_speed_mps, jump_slack_m, ..IngestLimits::default() };
            let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
            Ok(Self { serial, index: Guarded::new(Index::new(limits)) })
        })
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        enter_attached(py, || Ok(self.index.read()?.registered()))
    }

    fn positioned(&self, py: Python<'_>) -> PyResult<usize> {
        enter_attached(py, || Ok(self.index.read()?.positioned()))
    }

    #[pyo3(signature = (name, *, skills=Vec::new(), certificates=Vec::new(), partner=None, availability="AVAILABLE"))]
    fn register(
        &self,
        py: Python<'_>,
        name: &str,
        skills: Skills,
        certificates: Certificates,
        partner: Option<&str>,
        availability: &str,
    ) -> PyResult<u32> {
        enter(py, || {
            let availability = availability_of(availability)?;
            let mut index = self.index.write()?;
            let attributes = attributes(&mut index, &skills, &certificates, partner, availability)?;
            Ok(index.register(name, attributes).map_err(geo)?.0)
        })
    }

    fn register_many<'py>(&self, py: Python<'py>, names: Vec<String>) -> PyResult<Bound<'py, PyAny>> {
        let numbers = enter(py, || {
            let mut index = self.index.write()?;
            let attributes = Attributes { availability: Availability::Available, ..Attributes::default() };
            let registered = names.iter().map(|name| Ok(index.register(name, attributes.clone()).map_err(geo)?.0));
            registered.collect::<Result<Vec<u32>, Failure>>()
        })?;
        view(py, &numbers)
    }

    fn set_availability(&self, py: Python<'_>, number: u32, availability: &str) -> PyResult<()> {
        enter(py, || {
            let availability = availability_of(availability)?;
            self.index.write()?.set_availability(TechnicianIndex(number), availability).map_err(geo)
        })
    }

    fn remove(&self, py: Python<'_>, number: u32) -> PyResult<bool> {
        enter(py, || Ok(self.index.write()?.remove(TechnicianIndex(number))))
    }

    fn number(&self, py: Python<'_>, name: &str) -> PyResult<Option<u32>> {
        enter_attached(py, || Ok(self.index.read()?.technician(name).map(|technician| technician.0)))
    }

    fn name(&self, py: Python<'_>, number: u32) -> PyResult<Option<String>> {
        enter_attached(py, || {
            let index = self.index.read()?;
            let technician = TechnicianIndex(number);
            Ok(index.name(technician).filter(|_| index.is_registered(technician)).map(str::to_owned))
        })
    }

    fn position(&self, py: Python<'_>, number: u32) -> PyResult<Option<(f64, f64, i64)>> {
        enter_attached(py, || {
            let position = self.index.read()?.position(TechnicianIndex(number));
            Ok(position.map(|held| (held.place.lat_deg, held.place.lon_deg, held.event_time_ms)))
        })
    }

    #[pyo3(signature = (number, lat_deg, lon_deg, event_time_ms, now_ms, accuracy_m=0.0))]
    #[allow(clippy::too_many_arguments, reason = "a fix, spread out because objects are what costs")]
    fn move_one<'py>(
        &self,
        py: Python<'py>,
        number: u32,
        lat_deg: f64,
        lon_deg: f64,
        event_time_ms: i64,
        now_ms: i64,
        accuracy_m: f32,
    ) -> PyResult<&Bound<'py, PyString>> {
        let fix = fix(number, lat_deg, lon_deg, event_time_ms, accuracy_m);
        // Too short to be worth leaving the GIL, unless somebody holds the lock.
        let outcome = match self.index.try_write() {
            Some(index) => enter_attached(py, || Ok(index?.apply_fix(&fix, now_ms)))?,
            None => enter(py, || Ok(self.index.write()?.apply_fix(&fix, now_ms)))?,
        };
        Ok(outcome_name(py, outcome))
    }

    fn move_many<'py>(
        &self,
        py: Python<'py>,
        numbers: PyBuffer<u32>,
        lats_deg: PyBuffer<f64>,
        lons_deg: PyBuffer<f64>,
        event_times_ms: PyBuffer<i64>,
        now_ms: i64,
    ) -> PyResult<Bound<'py, PyDict>> {
        let fixes = {
            let (numbers, times) = (slice(py, &numbers)?, slice(py, &event_times_ms)?);
            let (lats, lons) = (slice(py, &lats_deg)?, slice(py, &lons_deg)?);
            if [lats.len(), lons.len(), times.len()] != [numbers.len(); 3] {
                return Err(PyValueError::new_err("the arrays must have the same length"));
            }
            let places = lats.iter().zip(lons);
            let rows = numbers.iter().zip(places).zip(times);
            rows.map(|((number, (lat, lon)), time)| fix(number.get(), lat.get(), lon.get(), time.get(), 0.0))
                .collect::<Vec<Fix>>()
        };
        let counts = enter(py, || {
            let mut counts = FixCounts::default();
            let mut index = self.index.write()?;
            for (number, chunk) in fixes.chunks(CHUNK).enumerate() {
                if number > 0 {
                    index.yield_to_others();
                }
                counts.merge(&index.apply_fixes(chunk, now_ms));
            }
            Ok(counts)
        })?;
        counts_dict(py, &counts)
    }

    fn expire(&self, py: Python<'_>, before_ms: i64) -> PyResult<Vec<u32>> {
        enter(py, || {
            let mut expired = Vec::new();
            self.index.write()?.expire(before_ms, &mut expired);
            Ok(expired.into_iter().map(|technician| technician.0).collect())
        })
    }

    #[pyo3(signature = (*, skills=Vec::new(), certificates=Vec::new(), certified_at_ms=0, availability=None,
        max_staleness_ms=None, partners=None, area=None, exclude=Vec::new()))]
    #[allow(clippy::too_many_arguments, reason = "keywords of a call made once for many searches")]
    fn filter(
        &self,
        py: Python<'_>,
        skills: Skills,
        certificates: Vec<String>,
        certified_at_ms: i64,
        availability: Option<Vec<String>>,
        max_staleness_ms: Option<i64>,
        partners: Option<Vec<Option<String>>>,
        area: Option<Vec<(f64, f64)>>,
        mut exclude: Vec<u32>,
    ) -> PyResult<IndexFilter> {
        exclude.sort_unstable();
        enter(py, || {
            let conditions = Conditions {
                skills: &skills,
                certificates: &certificates,
                availability: availability.as_deref(),
                partners: partners.as_deref(),
                area: area.as_deref(),
            };
            let named = IndexFilter::build(self.serial, &*self.index.read()?, &conditions)?;
            let exclude = exclude.into_iter().map(TechnicianIndex).collect();
            Ok(IndexFilter { certified_at_ms, max_staleness_ms, exclude, ..named })
        })
    }

    #[pyo3(signature = (lat_deg, lon_deg, k, now_ms, filter=None, radius_m=None))]
    #[allow(clippy::too_many_arguments, reason = "spread out because objects are what costs")]
    fn nearest<'py>(
        &self,
        py: Python<'py>,
        lat_deg: f64,
        lon_deg: f64,
        k: usize,
        now_ms: i64,
        filter: Option<&IndexFilter>,
        radius_m: Option<f64>,
    ) -> PyResult<(Bound<'py, PyList>, Bound<'py, PyList>)> {
        let Some(search) = self.search(LatLng::new(lat_deg, lon_deg), k, now_ms, filter, radius_m)? else {
            return Ok((PyList::empty(py), PyList::empty(py)));
        };
        BUFFER.with_borrow_mut(|buffer| {
            // Too short to be worth leaving the GIL, unless somebody writes.
            match self.index.try_read() {
                Some(index) => enter_attached(py, || index?.search(&search, buffer).map_err(geo))?,
                None => enter(py, || self.index.read()?.search(&search, buffer).map_err(geo))?,
            }
            let numbers = PyList::new(py, buffer.hits().iter().map(|hit| hit.technician.0))?;
            let distances = PyList::new(py, buffer.hits().iter().map(|hit| hit.distance_m))?;
            Ok((numbers, distances))
        })
    }

    #[pyo3(signature = (lats_deg, lons_deg, k, now_ms, filter=None, radius_m=None))]
    #[allow(clippy::too_many_arguments, reason = "as nearest")]
    fn nearest_many<'py>(
        &self,
        py: Python<'py>,
        lats_deg: PyBuffer<f64>,
        lons_deg: PyBuffer<f64>,
        k: usize,
        now_ms: i64,
        filter: Option<&IndexFilter>,
        radius_m: Option<f64>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let origins = {
            let (lats, lons) = (slice(py, &lats_deg)?, slice(py, &lons_deg)?);
            if lats.len() != lons.len() || k == 0 || lats.len().saturating_mul(k) > MAX_ANSWERS {
                return Err(PyValueError::new_err(
                    "k must be at least 1, the arrays of one length of at most 2**24 / k",
                ));
            }
            lats.iter().zip(lons).map(|(lat, lon)| LatLng::new(lat.get(), lon.get())).collect::<Vec<_>>()
        };
        let search = self.search(LatLng::default(), k, now_ms, filter, radius_m)?;
        let mut numbers = vec![NOBODY; origins.len() * k];
        let mut distances = vec![f64::INFINITY; origins.len() * k];
        if let Some(search) = search {
            let rows = numbers.chunks_mut(k).zip(distances.chunks_mut(k));
            let mut jobs: Vec<_> = origins.into_iter().zip(rows).collect();
            enter(py, || self.answer_all(&search, &mut jobs))?;
        }
        Ok((view(py, &numbers)?, view(py, &distances)?))
    }
}

type Job<'a> = (LatLng, (&'a mut [u32], &'a mut [f64]));

impl LiveIndex {
    fn search<'f>(
        &self,
        origin: LatLng,
        limit: usize,
        now_ms: i64,
        filter: Option<&'f IndexFilter>,
        max_distance_m: Option<f64>,
    ) -> PyResult<Option<Search<'f>>> {
        if filter.is_some_and(|filter| filter.serial != self.serial) {
            return Err(PyValueError::new_err("the filter was made by another index"));
        }
        if filter.is_some_and(|filter| filter.is_closed) {
            return Ok(None);
        }
        let filter = filter.map_or_else(Filter::default, IndexFilter::as_filter);
        Ok(Some(Search { max_distance_m, filter, ..Search::nearest(origin, limit, now_ms) }))
    }

    fn answer_all(&self, search: &Search<'_>, jobs: &mut [Job<'_>]) -> Result<(), Failure> {
        BUFFER.with_borrow_mut(|buffer| {
            for chunk in jobs.chunks_mut(SEARCH_CHUNK) {
                let index = self.index.read()?;
                for (origin, (numbers, distances)) in chunk {
                    index.search(&Search { origin: *origin, ..*search }, buffer).map_err(geo)?;
                    for (slot, hit) in buffer.hits().iter().enumerate() {
                        numbers[slot] = hit.technician.0;
                        distances[slot] = hit.distance_m;
                    }
                }
            }
            Ok(())
        })
    }
}

fn attributes(
    index: &mut Index,
    skills: &[(String, u8)],
    certificates: &[(String, Option<i64>, Option<i64>)],
    partner: Option<&str>,
    availability: Availability,
) -> Result<Attributes, Failure> {
    let skills = skills.iter().map(|(name, level)| Ok((index.intern_skill(name).map_err(geo)?, *level)));
    let skills = skills.collect::<Result<_, Failure>>()?;
    let certificates = certificates.iter().map(|(name, from_ms, until_ms)| {
        Ok(Certificate {
            kind: index.intern_certificate(name).map_err(geo)?,
            valid_from_ms: from_ms.unwrap_or(i64::MIN),
            valid_until_ms: until_ms.unwrap_or(i64::MAX),
        })
    });
    let certificates = certificates.collect::<Result<_, Failure>>()?;
    let partner = partner.map(|name| index.intern_partner(name)).transpose().map_err(geo)?;
    Ok(Attributes { skills, certificates, partner, availability, ..Attributes::default() })
}

fn fix(number: u32, lat_deg: f64, lon_deg: f64, event_time_ms: i64, accuracy_m: f32) -> Fix {
    Fix {
        technician: TechnicianIndex(number),
        place: LatLng { lat_deg, lon_deg },
        event_time_ms,
        accuracy_m: if accuracy_m > 0.0 { accuracy_m } else { f32::NAN },
        heading_deg: f32::NAN,
        speed_mps: f32::NAN,
    }
}

fn outcome_name(py: Python<'_>, outcome: FixOutcome) -> &Bound<'_, PyString> {
    match outcome {
        FixOutcome::Applied => intern!(py, "APPLIED"),
        FixOutcome::Recovered => intern!(py, "RECOVERED"),
        FixOutcome::Duplicate => intern!(py, "DUPLICATE"),
        FixOutcome::Older => intern!(py, "OLDER"),
        FixOutcome::FarFuture => intern!(py, "FAR_FUTURE"),
        FixOutcome::ImpossibleJump => intern!(py, "IMPOSSIBLE_JUMP"),
        FixOutcome::InvalidCoordinate => intern!(py, "INVALID"),
        FixOutcome::UnknownTechnician => intern!(py, "UNKNOWN_TECHNICIAN"),
    }
}

fn counts_dict<'py>(py: Python<'py>, counts: &FixCounts) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item(intern!(py, "applied"), counts.applied)?;
    dict.set_item(intern!(py, "duplicate"), counts.duplicate)?;
    dict.set_item(intern!(py, "older"), counts.older)?;
    dict.set_item(intern!(py, "far_future"), counts.far_future)?;
    dict.set_item(intern!(py, "impossible_jump"), counts.impossible_jump)?;
    dict.set_item(intern!(py, "invalid"), counts.invalid_coordinate)?;
    dict.set_item(intern!(py, "unknown_technician"), counts.unknown_technician)?;
    Ok(dict)
}
