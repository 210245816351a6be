//! Whatever is done to a stored chain, verification says so, and says where.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use dispatch_audit::chain::{Change, Entry};
use dispatch_audit::{Chain, Checkpoint, Digest, Fault, FaultKind, PrivateKey, PublicKey, Report, Row, Verifier, tree};
use proptest::prelude::*;
use proptest::sample::Index;

const REGION: &str = "harbour";
const FAULTS_MAX: usize = 100;
const CHECKPOINT_EVERY: u64 = 16;

#[derive(Clone, Debug, PartialEq)]
struct Stored {
    number: u64,
    resource: String,
    record: Vec<u8>,
    link: Vec<u8>,
}

/// Everything that a store keeps of one chain.
#[derive(Clone, Debug)]
struct Kept {
    rows: Vec<Stored>,
    blocks: Vec<Digest>,
    checkpoints: Vec<(u64, String)>,
}

fn key() -> PrivateKey {
    PrivateKey::from_seed("test.example", &[5; 32]).unwrap()
}

fn trusted() -> Vec<PublicKey> {
    vec![key().public().clone()]
}

/// Writes a chain of `count` changes to a handful of resources that come, change and go.
fn write(count: u64) -> Kept {
    let mut chain = Chain::new(REGION).unwrap();
    let mut kept = Kept { rows: Vec::new(), blocks: Vec::new(), checkpoints: Vec::new() };
    for number in 1..=count {
        append(&mut chain, &mut kept, number);
        if number.is_multiple_of(CHECKPOINT_EVERY) {
            let note = chain.checkpoint("test.example", time_ms(number)).sign(&key());
            kept.checkpoints.push((number, note));
        }
    }
    kept
}

fn append(chain: &mut Chain, kept: &mut Kept, number: u64) {
    let resource = format!("regions/{REGION}/visits/v{}", number * 7 % 11);
    let content = format!("content {number}");
    let change = if number.is_multiple_of(5) { Change::Remove } else { Change::Put(content.as_bytes()) };
    let appended = chain.append(&entry(&resource, change, number)).unwrap();
    kept.rows.push(Stored {
        number: appended.sequence,
        resource,
        record: appended.record,
        link: appended.link.0.to_vec(),
    });
    kept.blocks.extend(appended.block);
}

fn entry<'a>(resource: &'a str, change: Change<'a>, number: u64) -> Entry<'a> {
    Entry {
        epoch: 1 + number / 10,
        time_ms: time_ms(number),
        event_type: "visit.assigned",
        resource,
        change,
        decision_id: "d1",
        policy_revision: "p1",
        actor: "caller",
        fresh_salt: (u128::from(number) << 64 | 77).to_be_bytes(),
    }
}

fn time_ms(number: u64) -> i64 {
    1_700_000_000_000 + i64::try_from(number).unwrap()
}

fn verify(kept: &Kept) -> Report {
    let mut verifier = Verifier::new(REGION, FAULTS_MAX);
    verifier.expect_blocks(kept.blocks.clone());
    for (size, note) in &kept.checkpoints {
        verifier.expect_checkpoint(note, Some(*size), &trusted());
    }
    for Stored { number, resource, record, link } in &kept.rows {
        verifier.row(&Row { number: *number, resource, record, link });
    }
    verifier.finish(None)
}

fn only_fault(kept: &Kept) -> Fault {
    let report = verify(kept);
    assert_eq!(report.fault_count, 1, "{report:?}");
    report.faults[0]
}

fn fault(kind: FaultKind, first: u64, last: u64) -> Fault {
    Fault { kind, first, last }
}

/// Gives every row the number of its place, as someone does who hides a gap.
fn renumber(kept: &mut Kept) {
    (1..).zip(&mut kept.rows).for_each(|(number, row)| row.number = number);
}

/// Makes every link right from `from` on, as someone can who may write anything but sign nothing.
fn relink(kept: &mut Kept, from: usize) {
    let mut before = if from == 0 {
        dispatch_audit::hash::genesis(REGION)
    } else {
        Digest::from_slice(&kept.rows[from - 1].link).unwrap()
    };
    for row in &mut kept.rows[from..] {
        before = dispatch_audit::hash::link(&before, &dispatch_audit::hash::leaf(&row.record));
        row.link = before.0.to_vec();
    }
}

fn flip(bytes: &mut [u8], pick: Index) {
    // An earlier step may have left nothing to flip.
    if !bytes.is_empty() {
        let bit = pick.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn an_untouched_chain_is_intact() {
    for count in [0, 1, 2, 15, 16, 17, tree::BLOCK_LEAVES, 2 * tree::BLOCK_LEAVES + 3] {
        let kept = write(count);
        let report = verify(&kept);
        assert!(report.is_intact(), "{count} records: {report:?}");
        assert_eq!((report.size, report.confirmed), (count, count / CHECKPOINT_EVERY * CHECKPOINT_EVERY));
        assert_eq!(
            report.link.map(|link| link.0.to_vec()),
            Some(
                kept.rows
                    .last()
                    .map_or_else(|| dispatch_audit::hash::genesis(REGION).0.to_vec(), |row| row.link.clone(),)
            )
        );
    }
}

#[test]
fn a_chain_passes_for_no_other_regions() {
    let kept = write(3);
    let mut verifier = Verifier::new("another", FAULTS_MAX);
    for Stored { number, resource, record, link } in &kept.rows {
        verifier.row(&Row { number: *number, resource, record, link });
    }
    assert_eq!(verifier.finish(None).faults[0], fault(FaultKind::RecordChanged, 1, 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_flipped_bit_of_a_record_is_located(count in 1u64..60, at in any::<Index>(), bit in any::<Index>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len());
        flip(&mut kept.rows[place].record, bit);
        let number = place as u64 + 1;
        prop_assert_eq!(only_fault(&kept), fault(FaultKind::RecordChanged, number, number));
    }

    #[test]
    fn a_flipped_bit_of_a_link_is_located(count in 1u64..60, at in any::<Index>(), bit in any::<Index>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len());
        flip(&mut kept.rows[place].link, bit);
        let number = place as u64 + 1;
        // The last link, when nobody signed it and nothing follows it, could as well be its record's fault.
        let is_told = number < count || number.is_multiple_of(CHECKPOINT_EVERY);
        let kind = if is_told { FaultKind::LinkChanged } else { FaultKind::RecordChanged };
        prop_assert_eq!(only_fault(&kept), fault(kind, number, number));
    }

    #[test]
    fn a_row_filed_under_another_resource_is_located(count in 1u64..60, at in any::<Index>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len());
        kept.rows[place].resource.push('x');
        let number = place as u64 + 1;
        prop_assert_eq!(only_fault(&kept), fault(FaultKind::RowChanged, number, number));
    }

    #[test]
    fn a_row_filed_under_another_number_is_located(count in 2u64..60, at in any::<Index>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len());
        kept.rows[place].number += 1 << 40;
        kept.rows.sort_by_key(|row| row.number);
        let number = place as u64 + 1;
        if number == count {
            prop_assert_eq!(only_fault(&kept), fault(FaultKind::RowChanged, number, number));
        } else {
            // Before the last record it looks as if the two had changed places.
            let kind = if number + 1 == count { FaultKind::OutOfOrder } else { FaultKind::Missing };
            let last = if number + 1 == count { count } else { number };
            prop_assert_eq!(verify(&kept).faults[0], fault(kind, number, last));
        }
    }

    #[test]
    fn dropped_records_are_located(count in 2u64..60, at in any::<Index>(), few in 1usize..4, hidden in any::<bool>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len() - 1);
        let end = (place + few).min(kept.rows.len() - 1);
        kept.rows.drain(place..end);
        if hidden {
            renumber(&mut kept);
        }
        if hidden && place + 1 == kept.rows.len() {
            // A hidden gap before the very last record could as well be a change to that record.
            prop_assert_eq!(verify(&kept).faults[0].first, place as u64 + 1);
        } else {
            prop_assert_eq!(only_fault(&kept), fault(FaultKind::Missing, place as u64 + 1, end as u64));
        }
    }

    #[test]
    fn an_inserted_record_is_located(
        count in 1u64..60, at in any::<Index>(), hidden in any::<bool>(), linked in any::<bool>(),
    ) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len());
        let mut forged = kept.rows[place].clone();
        *forged.record.last_mut().unwrap() ^= 1;
        if linked {
            let before = place.checked_sub(1).map_or(dispatch_audit::hash::genesis(REGION), |place| {
                Digest::from_slice(&kept.rows[place].link).unwrap()
            });
            forged.link = dispatch_audit::hash::link(&before, &dispatch_audit::hash::leaf(&forged.record)).0.to_vec();
        }
        kept.rows.insert(place, forged);
        if hidden {
            renumber(&mut kept);
        }
        let report = verify(&kept);
        let number = place as u64 + 1;
        prop_assert!(report.faults.contains(&fault(FaultKind::Inserted, number, number)), "{:?}", report);
        // A forgery linked by its author is seen first in what was signed of that place.
        prop_assert!(report.faults.iter().all(|found| found.first <= number && number <= found.last), "{:?}", report);
    }

    #[test]
    fn two_records_that_changed_places_are_located(count in 2u64..60, at in any::<Index>(), columns in any::<bool>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len() - 1);
        kept.rows.swap(place, place + 1);
        if columns {
            renumber(&mut kept);
        }
        let number = place as u64 + 1;
        let report = verify(&kept);
        prop_assert_eq!(report.faults[0], fault(FaultKind::OutOfOrder, number, number + 1));
    }

    #[test]
    fn a_cut_tail_is_found_against_the_last_checkpoint(count in 16u64..100, cut in any::<Index>()) {
        let mut kept = write(count);
        let signed = count / CHECKPOINT_EVERY * CHECKPOINT_EVERY;
        kept.rows.truncate(cut.index(usize::try_from(signed).unwrap()));
        let left = kept.rows.len() as u64;
        prop_assert_eq!(only_fault(&kept), fault(FaultKind::Truncated, left + 1, signed));
    }

    #[test]
    fn a_rewritten_end_is_located_between_two_checkpoints(count in 16u64..100, at in any::<Index>(), bit in any::<Index>()) {
        let mut kept = write(count);
        let signed = usize::try_from(count / CHECKPOINT_EVERY * CHECKPOINT_EVERY).unwrap();
        let place = at.index(signed);
        let actor = kept.rows[place].record.len() - 6;
        let bit = bit.index(6 * 4);
        // Low bits of a text: the record stays readable.
        kept.rows[place].record[actor + bit / 4] ^= 1 << (bit % 4);
        relink(&mut kept, place);
        let first = place as u64 / CHECKPOINT_EVERY * CHECKPOINT_EVERY + 1;
        prop_assert_eq!(only_fault(&kept), fault(FaultKind::Rewritten, first, first + CHECKPOINT_EVERY - 1));
    }

    #[test]
    fn an_altered_checkpoint_is_named(count in 16u64..100, at in any::<Index>(), bit in any::<Index>()) {
        let mut kept = write(count);
        let place = at.index(kept.checkpoints.len());
        let (size, note) = kept.checkpoints[place].clone();
        let mut bytes = note.into_bytes();
        flip(&mut bytes, bit);
        kept.checkpoints[place].1 = String::from_utf8_lossy(&bytes).into_owned();
        prop_assert_eq!(only_fault(&kept), fault(FaultKind::CheckpointInvalid, size, size));
    }

    /// Anything at all: some rows altered, dropped, doubled or moved. The report may name it as it likes, but not keep
    /// silent, and the first fault named is not before the first row touched, unless a copy of that was put in later.
    #[test]
    fn no_mixture_of_alterations_goes_unnoticed(
        count in 2u64..60,
        steps in proptest::collection::vec((0u8..6, any::<Index>(), any::<Index>()), 1..5),
        hidden in any::<bool>(),
        relinked in any::<bool>(),
    ) {
        let original = write(count);
        let mut kept = original.clone();
        for (step, at, other) in steps {
            if kept.rows.is_empty() {
                break;
            }
            let (place, other_place) = (at.index(kept.rows.len()), other.index(kept.rows.len()));
            match step {
                0 => flip(&mut kept.rows[place].record, other),
                1 => flip(&mut kept.rows[place].link, other),
                2 => _ = kept.rows.remove(place),
                3 => kept.rows.insert(place, kept.rows[other_place].clone()),
                4 => kept.rows.swap(place, other_place),
                _ => kept.rows[place].link.truncate(other_place),
            }
        }
        if hidden {
            renumber(&mut kept);
        }
        if relinked {
            relink(&mut kept, 0);
        }
        let untouched = kept.rows.iter().zip(&original.rows).take_while(|(row, old)| row == old).count();
        let is_prefix = original.rows.starts_with(&kept.rows);
        let signed = count / CHECKPOINT_EVERY * CHECKPOINT_EVERY;
        let report = verify(&kept);
        if is_prefix && kept.rows.len() as u64 >= signed {
            prop_assert!(report.is_intact(), "{:?}", report);
        } else if !relinked || (untouched as u64) < signed {
            prop_assert!(!report.is_intact());
            let first_touched = untouched as u64 + 1;
            // Where every link was made right again, only the signatures tell between which two of them it was.
            let first = report.faults[0];
            let is_placed = relinked || first.kind == FaultKind::Inserted || first.last >= first_touched;
            prop_assert!(is_placed, "{:?}", report);
        }
    }
}

#[test]
fn a_changed_block_root_is_located() {
    let mut kept = write(3 * tree::BLOCK_LEAVES);
    kept.blocks[1].0[0] ^= 1;
    let first = tree::BLOCK_LEAVES + 1;
    assert_eq!(only_fault(&kept), fault(FaultKind::BlockChanged, first, 2 * tree::BLOCK_LEAVES));
    let mut kept = write(3 * tree::BLOCK_LEAVES);
    kept.blocks.push(Digest::NONE);
    assert_eq!(only_fault(&kept).kind, FaultKind::BlockChanged);
}

#[test]
fn records_of_an_older_epoch_are_named() {
    let mut chain = Chain::new(REGION).unwrap();
    let mut kept = Kept { rows: Vec::new(), blocks: Vec::new(), checkpoints: Vec::new() };
    for number in [30, 31, 5] {
        append(&mut chain, &mut kept, number);
    }
    assert_eq!(only_fault(&kept), fault(FaultKind::EpochReversed, 3, 3));
}

#[test]
fn a_checkpoint_kept_elsewhere_finds_what_the_store_no_longer_tells() {
    let mut kept = write(40);
    let elsewhere = kept.checkpoints.pop().unwrap().1;
    kept.rows.truncate(20);
    kept.checkpoints.truncate(1);
    assert!(verify(&kept).is_intact());
    kept.checkpoints.push((32, elsewhere));
    assert_eq!(only_fault(&kept), fault(FaultKind::Truncated, 21, 32));
}

#[test]
fn a_size_known_from_elsewhere_finds_a_cut_after_the_last_checkpoint() {
    let kept = write(20);
    let mut verifier = Verifier::new(REGION, FAULTS_MAX);
    for Stored { number, resource, record, link } in &kept.rows[..18] {
        verifier.row(&Row { number: *number, resource, record, link });
    }
    assert_eq!(verifier.finish(Some(20)).faults, [fault(FaultKind::Truncated, 19, 20)]);
}

#[test]
fn faults_beyond_the_bound_are_counted() {
    let mut kept = write(100);
    for row in kept.rows.iter_mut().step_by(2) {
        row.record[0] ^= 1;
    }
    let mut verifier = Verifier::new(REGION, 3);
    for Stored { number, resource, record, link } in &kept.rows {
        verifier.row(&Row { number: *number, resource, record, link });
    }
    let report = verifier.finish(None);
    assert_eq!((report.faults.len(), report.fault_count), (3, 50));
}

#[test]
fn erasing_keeps_the_chain_and_unties_it_from_the_content() {
    let mut chain = Chain::new(REGION).unwrap();
    let (name, person) = ("regions/harbour/customers/c1", "Anna, +46 70 123 45 67");
    let first = chain.append(&entry(name, Change::Put(person.as_bytes()), 1)).unwrap();
    let second = chain.append(&entry(name, Change::Erase(b"erased"), 2)).unwrap();
    let third = chain.append(&entry(name, Change::Put(b"erased, moved"), 3)).unwrap();
    let decode = |appended: &dispatch_audit::Appended| -> (Digest, Digest) {
        let record = dispatch_audit::Record::decode(&appended.record).unwrap();
        (record.before, record.after)
    };
    // The history hangs together across the erasure.
    assert_eq!(decode(&first).0, Digest::NONE);
    assert_eq!(decode(&second).0, decode(&first).1);
    assert_eq!(decode(&third).0, decode(&second).1);
    // Only with the salt that was replaced does the first record's digest tell of the person.
    let dispatch_audit::SaltChange::Set(old) = first.salt else { panic!("a new resource has a new salt") };
    let dispatch_audit::SaltChange::Set(new) = second.salt else { panic!("an erasure has a new salt") };
    assert_eq!(dispatch_audit::hash::content(&old, person.as_bytes()), decode(&first).1);
    assert_ne!(old, new);
    assert_eq!(third.salt, dispatch_audit::SaltChange::Kept);
    assert!(!first.record.windows(4).any(|window| window == b"Anna"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_resumed_chain_goes_on_as_if_never_stopped(count in 0u64..2500, more in 1u64..20) {
        let kept = write(count);
        let anchor = (kept.blocks.len() * usize::try_from(tree::BLOCK_LEAVES).unwrap()).saturating_sub(1);
        let tail = kept.rows[anchor..].iter().map(|row| (&row.record[..], Digest::from_slice(&row.link).unwrap()));
        let mut resumed = Chain::resume(REGION, &kept.blocks, tail).unwrap();
        prop_assert_eq!(resumed.size(), count);
        let mut continued = kept.clone();
        for number in count + 1..=count + more {
            append(&mut resumed, &mut continued, number);
        }
        let note = resumed.checkpoint("test.example", 1).sign(&key());
        continued.checkpoints.push((count + more, note));
        prop_assert!(verify(&continued).is_intact());
    }

    #[test]
    fn nobody_goes_on_from_a_broken_tail(count in 2u64..50, at in any::<Index>(), bit in any::<Index>()) {
        let mut kept = write(count);
        let place = at.index(kept.rows.len());
        flip(&mut kept.rows[place].record, bit);
        let tail = kept.rows.iter().map(|row| (&row.record[..], Digest::from_slice(&row.link).unwrap()));
        let found = Chain::resume(REGION, &kept.blocks, tail).unwrap_err();
        prop_assert_eq!(found.sequence, place as u64 + 1);
    }
}

#[test]
fn every_record_is_proved_against_a_checkpoint() {
    let kept = write(2 * tree::BLOCK_LEAVES + 100);
    let leaves: Vec<Digest> = kept.rows.iter().map(|row| dispatch_audit::hash::leaf(&row.record)).collect();
    let (size, note) = kept.checkpoints.last().unwrap();
    let checkpoint = Checkpoint::open(note, REGION, &trusted()).unwrap();
    let size_at = usize::try_from(*size).unwrap();
    let block = usize::try_from(tree::BLOCK_LEAVES).unwrap();
    for index in [0, 5, block - 1, block, 2 * block - 1, 2 * block, size_at - 1] {
        let own_start = index / block * block;
        let parts = tree::Parts {
            size: *size,
            blocks: &kept.blocks[..size_at / block],
            own: &leaves[own_start..size_at.min(own_start + block)],
            tail: &leaves[size_at / block * block..size_at],
        };
        let proof = parts.prove(index as u64).unwrap();
        assert!(tree::is_included(&leaves[index], index as u64, *size, &proof, &checkpoint.root));
    }
}
