//! The audit chain's face: `pydispatch.audit` gives these classes and functions their public names.
//!
//! Rows cross the line as lists of tuples of `bytes` and `str`, taken without copying; the hashing leaves the GIL.

use std::fmt::Display;

use dispatch_audit::chain::{Change, SaltChange};
use dispatch_audit::hash::{DIGEST_BYTES, SALT_BYTES};
use dispatch_audit::tree::Parts;
use dispatch_audit::{Chain, Checkpoint, Digest, Entry, PrivateKey, PublicKey, Record, Row, Salt, Verifier};
use dispatch_audit::{hash, tree};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBytes, PyTuple};

use crate::enter::{enter, enter_attached};
use crate::failure::Failure;
use crate::guarded::Guarded;

/// Takes anything wrong with a value of the caller's.
fn refused(error: impl Display) -> Failure {
    Failure::Value(error.to_string())
}

/// The key that signs checkpoints.
#[pyclass(frozen, module = "pydispatch._engine")]
pub(crate) struct AuditKey {
    key: PrivateKey,
}

#[pymethods]
impl AuditKey {
    #[new]
    fn new(py: Python<'_>, text: &str) -> PyResult<Self> {
        enter(py, || PrivateKey::parse(text.trim_end()).map(|key| Self { key }).map_err(refused))
    }

    #[staticmethod]
    fn from_seed(py: Python<'_>, name: &str, seed: [u8; 32]) -> PyResult<Self> {
        enter(py, || PrivateKey::from_seed(name, &seed).map(|key| Self { key }).map_err(refused))
    }

    #[getter]
    fn name(&self) -> &str {
        self.key.public().name()
    }

    #[getter]
    fn public_text(&self) -> String {
        self.key.public().to_string()
    }

    fn secret_text(&self) -> String {
        self.key.to_secret_text()
    }
}

/// `(event_type, resource, content or None, is_erasing, time_ms, decision_id, actor)`
type ChangeIn = (PyBackedStr, PyBackedStr, Option<PyBackedBytes>, bool, i64, PyBackedStr, PyBackedStr);
/// `(record, link, salt: None kept, b"" removed, root of the block completed)`
type AppendedOut<'py> =
    (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>, Option<Bound<'py, PyBytes>>);

/// The appending end of one region's chain.
#[pyclass(frozen, module = "pydispatch._engine")]
pub(crate) struct AuditChain {
    chain: Guarded<Chain>,
}

#[pymethods]
impl AuditChain {
    #[new]
    fn new(py: Python<'_>, region: &str, blocks: &[u8], tail: Vec<(PyBackedBytes, PyBackedBytes)>) -> PyResult<Self> {
        enter(py, || {
            let blocks = digests(blocks)?;
            let links = tail.iter().map(|(_, link)| digest(link)).collect::<Result<Vec<_>, _>>()?;
            let rows = tail.iter().map(|(record, _)| &record[..]).zip(links);
            let chain = Chain::resume(region, &blocks, rows).map_err(refused)?;
            Ok(Self { chain: Guarded::new(chain) })
        })
    }

    fn remember(&self, py: Python<'_>, subjects: Vec<(PyBackedStr, [u8; SALT_BYTES], PyBackedBytes)>) -> PyResult<()> {
        enter(py, || {
            let mut chain = self.chain.write()?;
            subjects.iter().for_each(|(resource, salt, content)| chain.remember(resource, *salt, content));
            Ok(())
        })
    }

    fn forget(&self, py: Python<'_>, resources: Vec<PyBackedStr>) -> PyResult<()> {
        enter(py, || {
            let mut chain = self.chain.write()?;
            resources.iter().for_each(|resource| chain.forget(resource));
            Ok(())
        })
    }

    fn append<'py>(
        &self,
        py: Python<'py>,
        epoch: u64,
        policy_revision: &str,
        changes: Vec<ChangeIn>,
        salts: &[u8],
    ) -> PyResult<Vec<AppendedOut<'py>>> {
        let appended = enter(py, || {
            let (salts, rest) = salts.as_chunks::<SALT_BYTES>();
            if salts.len() != changes.len() || !rest.is_empty() {
                return Err(refused("one fresh salt a change is needed"));
            }
            let entries: Vec<Entry<'_>> =
                changes.iter().zip(salts).map(|(change, salt)| entry(epoch, policy_revision, change, *salt)).collect();
            entries.iter().try_for_each(Entry::check).map_err(refused)?;
            let mut chain = self.chain.write()?;
            entries.iter().map(|entry| chain.append(entry).map_err(refused)).collect::<Result<Vec<_>, _>>()
        })?;
        let bytes = |bytes: &[u8]| PyBytes::new(py, bytes);
        let told = appended.into_iter().map(|one| {
            let salt = match one.salt {
                SaltChange::Kept => None,
                SaltChange::Set(salt) => Some(bytes(&salt)),
                SaltChange::Removed => Some(bytes(&[])),
            };
            (bytes(&one.record), bytes(&one.link.0), salt, one.block.map(|root| bytes(&root.0)))
        });
        Ok(told.collect())
    }

    fn checkpoint(&self, py: Python<'_>, key: &AuditKey, time_ms: i64) -> PyResult<String> {
        enter(py, || Ok(self.chain.read()?.checkpoint(key.key.public().name(), time_ms).sign(&key.key)))
    }

    #[getter]
    fn size(&self, py: Python<'_>) -> PyResult<u64> {
        enter(py, || Ok(self.chain.read()?.size()))
    }

    #[getter]
    fn link<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let link = enter(py, || Ok(self.chain.read()?.link()))?;
        Ok(PyBytes::new(py, &link.0))
    }
}

fn entry<'a>(epoch: u64, policy_revision: &'a str, change: &'a ChangeIn, fresh_salt: Salt) -> Entry<'a> {
    let (event_type, resource, content, is_erasing, time_ms, decision_id, actor) = change;
    Entry {
        epoch,
        time_ms: *time_ms,
        event_type,
        resource,
        change: match content {
            None => Change::Remove,
            Some(content) if *is_erasing => Change::Erase(content),
            Some(content) => Change::Put(content),
        },
        decision_id,
        policy_revision,
        actor,
        fresh_salt,
    }
}

/// A stored row as the database gave it.
struct RowIn {
    number: u64,
    resource: Option<PyBackedBytes>,
    record: Option<PyBackedBytes>,
    link: Option<PyBackedBytes>,
}

impl RowIn {
    /// Takes a row apart. A value of another type, which a database may well hold after a tampering, counts as empty;
    /// so does a resource that is not UTF-8, which is why it comes as bytes.
    fn new(row: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let number: Option<i64> = row.get_item(0)?.extract().ok();
        Ok(Self {
            number: number.unwrap_or(-1).cast_unsigned(),
            resource: row.get_item(1)?.extract().ok(),
            record: row.get_item(2)?.extract().ok(),
            link: row.get_item(3)?.extract().ok(),
        })
    }

    fn as_row(&self) -> Row<'_> {
        Row {
            number: self.number,
            resource: self.resource.as_deref().and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default(),
            record: self.record.as_deref().unwrap_or_default(),
            link: self.link.as_deref().unwrap_or_default(),
        }
    }
}

/// `(size, root, link, confirmed, fault_count, [(kind, first, last)])`
type ReportOut<'py> =
    (u64, Option<Bound<'py, PyBytes>>, Option<Bound<'py, PyBytes>>, u64, u64, Vec<(&'static str, u64, u64)>);

/// Reads one region's chain again.
#[pyclass(frozen, module = "pydispatch._engine")]
pub(crate) struct AuditVerifier {
    trusted: Vec<PublicKey>,
    /// Nothing once the report was given.
    verifier: Guarded<Option<Verifier>>,
}

impl AuditVerifier {
    fn with<T>(&self, work: impl FnOnce(&mut Verifier) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut verifier = self.verifier.write()?;
        work(verifier.as_mut().ok_or_else(|| refused("the verification has ended"))?)
    }

    fn before_rows(&self, work: impl FnOnce(&mut Verifier) -> Result<(), Failure>) -> Result<(), Failure> {
        self.with(|verifier| {
            if verifier.rows() > 0 {
                return Err(refused("checkpoints and block roots come before the first row"));
            }
            work(verifier)
        })
    }
}

#[pymethods]
impl AuditVerifier {
    #[new]
    fn new(py: Python<'_>, region: &str, trusted: Vec<String>, faults_max: usize) -> PyResult<Self> {
        enter(py, || {
            let trusted = public_keys(&trusted)?;
            Ok(Self { trusted, verifier: Guarded::new(Some(Verifier::new(region, faults_max))) })
        })
    }

    fn expect_checkpoint(&self, py: Python<'_>, note: &str, size: Option<u64>) -> PyResult<()> {
        enter(py, || {
            self.before_rows(|verifier| {
                verifier.expect_checkpoint(note, size, &self.trusted);
                Ok(())
            })
        })
    }

    fn expect_blocks(&self, py: Python<'_>, blocks: &[u8]) -> PyResult<()> {
        enter(py, || {
            self.before_rows(|verifier| {
                verifier.expect_blocks(digests(blocks)?);
                Ok(())
            })
        })
    }

    fn feed(&self, py: Python<'_>, rows: Vec<Bound<'_, PyTuple>>) -> PyResult<u64> {
        let rows = rows.iter().map(RowIn::new).collect::<PyResult<Vec<_>>>()?;
        enter(py, || {
            self.with(|verifier| {
                rows.iter().for_each(|row| verifier.row(&row.as_row()));
                Ok(verifier.fault_count())
            })
        })
    }

    fn finish<'py>(&self, py: Python<'py>, size: Option<u64>) -> PyResult<ReportOut<'py>> {
        let report = enter(py, || {
            let verifier = self.verifier.write()?.take().ok_or_else(|| refused("the verification has ended"))?;
            Ok(verifier.finish(size))
        })?;
        let bytes = |digest: Digest| PyBytes::new(py, &digest.0);
        let faults = report.faults.iter().map(|fault| (fault.kind.name(), fault.first, fault.last)).collect();
        let (root, link) = (report.root.map(bytes), report.link.map(bytes));
        Ok((report.size, root, link, report.confirmed, report.fault_count, faults))
    }
}

/// `(sequence, epoch, time_ms, before, after, region, event_type, resource, decision_id, policy_revision, actor)`
type RecordOut<'py> =
    (u64, u64, i64, Bound<'py, PyBytes>, Bound<'py, PyBytes>, (String, String, String, String, String, String));

/// Reads a record's canonical bytes.
#[pyfunction]
pub(crate) fn audit_record<'py>(py: Python<'py>, record: &[u8]) -> PyResult<RecordOut<'py>> {
    let record = enter_attached(py, || Record::decode(record).map_err(refused))?;
    let texts = (
        record.region.to_owned(),
        record.event_type.to_owned(),
        record.resource.to_owned(),
        record.decision_id.to_owned(),
        record.policy_revision.to_owned(),
        record.actor.to_owned(),
    );
    let (before, after) = (PyBytes::new(py, &record.before.0), PyBytes::new(py, &record.after.0));
    Ok((record.sequence, record.epoch, record.time_ms, before, after, texts))
}

/// Opens a signed checkpoint: `(size, root, link, time_ms)`.
#[pyfunction]
pub(crate) fn audit_opened<'py>(
    py: Python<'py>,
    note: &str,
    region: &str,
    trusted: Vec<String>,
) -> PyResult<(u64, Bound<'py, PyBytes>, Bound<'py, PyBytes>, i64)> {
    let found = enter(py, || Checkpoint::open(note, region, &public_keys(&trusted)?).map_err(refused))?;
    Ok((found.size, PyBytes::new(py, &found.root.0), PyBytes::new(py, &found.link.0), found.time_ms))
}

/// Proves record `sequence` in the tree of `size` records: the nodes of the path, one after the other.
#[pyfunction]
pub(crate) fn audit_proof<'py>(
    py: Python<'py>,
    sequence: u64,
    size: u64,
    blocks: &[u8],
    own: Vec<PyBackedBytes>,
    tail: Vec<PyBackedBytes>,
) -> PyResult<Bound<'py, PyBytes>> {
    let proof = enter(py, || {
        let leaves = |records: &[PyBackedBytes]| records.iter().map(|record| hash::leaf(record)).collect::<Vec<_>>();
        let (blocks, own, tail) = (digests(blocks)?, leaves(&own), leaves(&tail));
        let parts = Parts { size, blocks: &blocks, own: &own, tail: &tail };
        let proof = sequence.checked_sub(1).and_then(|index| parts.prove(index));
        proof.ok_or_else(|| refused("the record is not in the tree, or the parts are not the tree's"))
    })?;
    Ok(PyBytes::new(py, &proof.iter().flat_map(|node| node.0).collect::<Vec<_>>()))
}

/// Tells whether a proof leads from a record to a root.
#[pyfunction]
pub(crate) fn audit_is_included(
    py: Python<'_>,
    record: &[u8],
    sequence: u64,
    size: u64,
    proof: &[u8],
    root: &[u8],
) -> PyResult<bool> {
    enter(py, || {
        let (proof, root) = (digests(proof)?, digest(root)?);
        let index = sequence.checked_sub(1);
        Ok(index.is_some_and(|index| tree::is_included(&hash::leaf(record), index, size, &proof, &root)))
    })
}

fn public_keys(texts: &[String]) -> Result<Vec<PublicKey>, Failure> {
    texts.iter().map(|text| PublicKey::parse(text.trim_end()).map_err(refused)).collect()
}

fn digest(bytes: &[u8]) -> Result<Digest, Failure> {
    Digest::from_slice(bytes).ok_or_else(|| refused("a digest has 32 bytes"))
}

fn digests(bytes: &[u8]) -> Result<Vec<Digest>, Failure> {
    let (digests, rest) = bytes.as_chunks::<DIGEST_BYTES>();
    if rest.is_empty() {
        Ok(digests.iter().copied().map(Digest).collect())
    } else {
        Err(refused("a digest has 32 bytes"))
    }
}
