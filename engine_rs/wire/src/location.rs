//! Batches of fixes, read by hand straight from the bytes: identifiers stay slices of the message, nothing is copied.
//!
//! This is the hottest message of the system. The generated types would allocate a `String` a fix; this decoder
//! allocates one vector a batch. Problems of single fixes are counted in the answer, never refused, so that one broken
//! device cannot stop a partner's stream; problems of the batch itself refuse it whole.

use dispatch_core::geo::{FixCounts, Position};
use prost::Message;

use crate::check::Checker;
use crate::error::WireError;
use crate::generated::dispatch::v1 as pb;
use crate::limits::{MAX_FIXES, MAX_LOCATION_BYTES, MAX_STREAM_ID_CHARS};
use crate::reader::Reader;
use crate::reason;

/// One fix as it stands in the message. Numbers are as sent: the index judges them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FixView<'m> {
    /// Identifier of the technician, perhaps of nobody.
    pub technician_id: &'m str,
    /// Latitude in degrees.
    pub lat_deg: f64,
    /// Longitude in degrees.
    pub lon_deg: f64,
    /// When it was observed, milliseconds since the Unix epoch.
    pub event_time_ms: i64,
    /// Radius of 68% confidence in metres, 0 when unknown.
    pub accuracy_m: f32,
    /// Ground speed in metres per second, 0 when unknown.
    pub speed_mps: f32,
    /// Course over ground in degrees clockwise from north.
    pub heading_deg: f32,
}

/// A BatchReportLocationsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocationBatch<'m> {
    /// Name of the region.
    pub parent: &'m str,
    /// 1 to [`MAX_FIXES`] fixes in the order sent.
    pub fixes: Vec<FixView<'m>>,
}

/// A StreamLocationsRequest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamBatch<'m> {
    /// Name of the region.
    pub parent: &'m str,
    /// The caller's name of the stream.
    pub stream_id: &'m str,
    /// 1 for the first batch of the stream, then one more each.
    pub sequence: i64,
    /// 1 to [`MAX_FIXES`] fixes in the order sent.
    pub fixes: Vec<FixView<'m>>,
}

/// Reads a BatchReportLocationsRequest of `region`.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no such message or too many; [`WireError::Invalid`] for a parent that is
/// missing, malformed or another region's and for an empty or too long list.
pub fn decode_batch<'m>(message: &'m [u8], region: &str) -> Result<LocationBatch<'m>, WireError> {
    let (batch, fix_count) = read_batch(message)?;
    let mut checker = Checker::new(region);
    checker.parent("parent", batch.parent);
    checker.some_but_at_most("fixes", fix_count, MAX_FIXES);
    checker.finish(batch)
}

/// Reads a StreamLocationsRequest of `region`.
///
/// # Errors
/// As [`decode_batch`], and [`WireError::Invalid`] for a missing or too long stream_id and a sequence below 1.
pub fn decode_stream<'m>(message: &'m [u8], region: &str) -> Result<StreamBatch<'m>, WireError> {
    let (batch, fix_count) = read_stream(message)?;
    let mut checker = Checker::new(region);
    checker.parent("parent", batch.parent);
    if batch.stream_id.is_empty() {
        checker.refuse("stream_id", reason::REQUIRED, "is required");
    } else if batch.stream_id.len() > MAX_STREAM_ID_CHARS && batch.stream_id.chars().count() > MAX_STREAM_ID_CHARS {
        checker.refuse("stream_id", reason::TOO_LONG, format!("has more than {MAX_STREAM_ID_CHARS} characters"));
    }
    checker.integer("sequence", batch.sequence, 1, i64::MAX);
    checker.some_but_at_most("fixes", fix_count, MAX_FIXES);
    checker.finish(batch)
}

/// Writes a BatchReportLocationsResponse.
#[must_use]
pub fn encode_batch_response(counts: &FixCounts) -> Vec<u8> {
    pb::BatchReportLocationsResponse { counts: Some(fix_counts(counts)) }.encode_to_vec()
}

/// Writes a StreamLocationsResponse; `counts` is `None` for a batch that had been taken before.
#[must_use]
pub fn encode_stream_response(acknowledged_sequence: i64, credit: u32, counts: Option<&FixCounts>) -> Vec<u8> {
    let credit = i32::try_from(credit).unwrap_or(i32::MAX);
    let counts = Some(counts.map(fix_counts).unwrap_or_default());
    pb::StreamLocationsResponse { acknowledged_sequence, credit, counts }.encode_to_vec()
}

/// Writes positions as a BatchReportLocationsRequest of `region`, as if they were being reported.
#[must_use]
pub fn encode_positions(region: &str, positions: &[(&str, Position)]) -> Vec<u8> {
    let known = |value: f32| if value.is_nan() { 0.0 } else { value };
    let fixes = positions.iter().map(|&(technician_id, position)| pb::Fix {
        technician_id: technician_id.to_owned(),
        lat_deg: position.place.lat_deg,
        lon_deg: position.place.lon_deg,
        event_time_ms: position.event_time_ms,
        accuracy_m: known(position.accuracy_m),
        speed_mps: known(position.speed_mps),
        heading_deg: known(position.heading_deg),
    });
    pb::BatchReportLocationsRequest { parent: format!("regions/{region}"), fixes: fixes.collect() }.encode_to_vec()
}

/// The counts as the contract has them. Counters that outgrow the field stay at its end.
#[must_use]
pub fn fix_counts(counts: &FixCounts) -> pb::FixCounts {
    let clamp = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    pb::FixCounts {
        applied: clamp(counts.applied),
        duplicate: clamp(counts.duplicate),
        older: clamp(counts.older),
        far_future: clamp(counts.far_future),
        impossible_jump: clamp(counts.impossible_jump),
        invalid: clamp(counts.invalid_coordinate),
        unknown_technician: clamp(counts.unknown_technician),
    }
}

/// Reads the structure; beyond [`MAX_FIXES`] the fixes are still counted and checked but no longer kept.
fn read_batch(message: &[u8]) -> Result<(LocationBatch<'_>, usize), WireError> {
    let mut reader = bounded(message)?;
    let mut batch = LocationBatch::default();
    let mut fix_count = 0;
    while let Some(tag) = reader.next_tag()? {
        match tag.field {
            1 => batch.parent = reader.text(tag)?,
            2 => push_fix(&mut batch.fixes, &mut fix_count, reader.bytes(tag)?)?,
            _ => reader.skip(tag)?,
        }
    }
    Ok((batch, fix_count))
}

fn read_stream(message: &[u8]) -> Result<(StreamBatch<'_>, usize), WireError> {
    let mut reader = bounded(message)?;
    let mut batch = StreamBatch::default();
    let mut fix_count = 0;
    while let Some(tag) = reader.next_tag()? {
        match tag.field {
            1 => batch.parent = reader.text(tag)?,
            2 => batch.stream_id = reader.text(tag)?,
            3 => batch.sequence = reader.int64(tag)?,
            4 => push_fix(&mut batch.fixes, &mut fix_count, reader.bytes(tag)?)?,
            _ => reader.skip(tag)?,
        }
    }
    Ok((batch, fix_count))
}

fn bounded(message: &[u8]) -> Result<Reader<'_>, WireError> {
    if message.len() > MAX_LOCATION_BYTES {
        return Err(WireError::too_large(message.len(), MAX_LOCATION_BYTES));
    }
    Ok(Reader::new(message))
}

#[inline]
fn push_fix<'m>(fixes: &mut Vec<FixView<'m>>, fix_count: &mut usize, message: &'m [u8]) -> Result<(), WireError> {
    let fix = read_fix(message)?;
    *fix_count += 1;
    if *fix_count <= MAX_FIXES {
        fixes.push(fix);
    }
    Ok(())
}

fn read_fix(message: &[u8]) -> Result<FixView<'_>, WireError> {
    let mut reader = Reader::new(message);
    let mut fix = FixView::default();
    while let Some(tag) = reader.next_tag()? {
        match tag.field {
            1 => fix.technician_id = reader.text(tag)?,
            2 => fix.lat_deg = reader.double(tag)?,
            3 => fix.lon_deg = reader.double(tag)?,
            4 => fix.event_time_ms = reader.int64(tag)?,
            5 => fix.accuracy_m = reader.float(tag)?,
            6 => fix.speed_mps = reader.float(tag)?,
            7 => fix.heading_deg = reader.float(tag)?,
            _ => reader.skip(tag)?,
        }
    }
    Ok(fix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fix(id: &str) -> pb::Fix {
        pb::Fix {
            technician_id: id.to_owned(),
            lat_deg: 37.7,
            lon_deg: -122.4,
            event_time_ms: 1_700_000_000_000,
            accuracy_m: 5.0,
            speed_mps: 0.0,
            heading_deg: 359.5,
        }
    }

    fn stream(fixes: Vec<pb::Fix>) -> pb::StreamLocationsRequest {
        pb::StreamLocationsRequest { parent: "regions/sf".into(), stream_id: "s".into(), sequence: 1, fixes }
    }

    /// The same bits, so that NaN equals itself.
    fn bits(fix: FixView<'_>) -> (String, [u64; 3], [u32; 3]) {
        (
            fix.technician_id.to_owned(),
            [fix.lat_deg.to_bits(), fix.lon_deg.to_bits(), fix.event_time_ms.cast_unsigned()],
            [fix.accuracy_m.to_bits(), fix.speed_mps.to_bits(), fix.heading_deg.to_bits()],
        )
    }

    fn view(fix: &pb::Fix) -> FixView<'_> {
        FixView {
            technician_id: &fix.technician_id,
            lat_deg: fix.lat_deg,
            lon_deg: fix.lon_deg,
            event_time_ms: fix.event_time_ms,
            accuracy_m: fix.accuracy_m,
            speed_mps: fix.speed_mps,
            heading_deg: fix.heading_deg,
        }
    }

    /// Both decoders refuse the bytes, or both read the same from them.
    fn assert_reads_like_prost(bytes: &[u8]) {
        match (read_stream(bytes), pb::StreamLocationsRequest::decode(bytes)) {
            (Ok((ours, count)), Ok(theirs)) => {
                assert_eq!(
                    (ours.parent, ours.stream_id, ours.sequence, count),
                    (theirs.parent.as_str(), theirs.stream_id.as_str(), theirs.sequence, theirs.fixes.len())
                );
                let ours: Vec<_> = ours.fixes.into_iter().map(bits).collect();
                let theirs: Vec<_> = theirs.fixes.iter().map(|fix| bits(view(fix))).collect();
                assert_eq!(ours, theirs);
            }
            (Err(WireError::Decode { .. }), Err(_)) => {}
            (ours, theirs) => panic!("{bytes:?}\nours   {ours:?}\ntheirs {theirs:?}"),
        }
    }

    fn any_fix() -> impl Strategy<Value = pb::Fix> {
        (".{0,8}", any::<(f64, f64, i64, f32, f32, f32)>()).prop_map(
            |(technician_id, (lat_deg, lon_deg, event_time_ms, accuracy_m, speed_mps, heading_deg))| pb::Fix {
                technician_id,
                lat_deg,
                lon_deg,
                event_time_ms,
                accuracy_m,
                speed_mps,
                heading_deg,
            },
        )
    }

    /// Bytes that look like protobuf: fields with small numbers and any wire type.
    fn almost_protobuf() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            (1_u8..8, 0_u8..8).prop_map(|(field, wire_type)| vec![field << 3 | wire_type]),
            prop::collection::vec(any::<u8>(), 0..4),
            (0_u8..12).prop_map(|length| vec![length]),
            Just(vec![0x80; 9]),
            Just(vec![0; 8]),
            "[a-z]{1,6}".prop_map(String::into_bytes),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn whole_messages_read_like_prost(fixes in prop::collection::vec(any_fix(), 0..8), sequence: i64, id in ".{0,6}") {
            let message = pb::StreamLocationsRequest { parent: "regions/sf".into(), stream_id: id, sequence, fixes };
            assert_reads_like_prost(&message.encode_to_vec());
        }

        #[test]
        fn random_bytes_read_like_prost(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            assert_reads_like_prost(&bytes);
        }

        #[test]
        fn almost_protobuf_reads_like_prost(bytes in almost_protobuf()) {
            assert_reads_like_prost(&bytes);
        }

        #[test]
        fn damaged_messages_read_like_prost(
            fixes in prop::collection::vec(any_fix(), 1..4),
            at in any::<prop::sample::Index>(),
            byte: u8,
            is_cut: bool,
        ) {
            let mut bytes = stream(fixes).encode_to_vec();
            let at = at.index(bytes.len());
            if is_cut { bytes.truncate(at) } else { bytes[at] = byte }
            assert_reads_like_prost(&bytes);
        }
    }

    #[test]
    fn unknown_groups_are_skipped_to_a_bounded_depth() {
        let group = |depth: usize| [vec![0x7B; depth], vec![0x7C; depth]].concat();
        for depth in [1, 50, 99, 100, 101, 10_000] {
            assert_reads_like_prost(&group(depth));
        }
    }

    #[test]
    fn batch_and_stream_share_the_fix() {
        let bytes = pb::BatchReportLocationsRequest { parent: "regions/sf".into(), fixes: vec![fix("a"), fix("b")] };
        let bytes = bytes.encode_to_vec();
        let batch = decode_batch(&bytes, "sf").unwrap();
        assert_eq!(batch.fixes, [view(&fix("a")), view(&fix("b"))]);
    }

    #[test]
    fn all_that_is_wrong_with_a_batch_is_told_at_once() {
        let message = pb::StreamLocationsRequest { parent: "regions/la".into(), ..Default::default() };
        let Err(WireError::Invalid { violations }) = decode_stream(&message.encode_to_vec(), "sf") else {
            panic!("accepted")
        };
        let found: Vec<_> = violations.iter().map(|v| (v.field.as_str(), v.reason)).collect();
        assert_eq!(
            found,
            [
                ("parent", reason::WRONG_REGION),
                ("stream_id", reason::REQUIRED),
                ("sequence", reason::OUT_OF_RANGE),
                ("fixes", reason::TOO_FEW_ITEMS),
            ]
        );
    }

    #[test]
    fn limits_hold_at_their_edge() {
        let full = stream(vec![fix("a"); MAX_FIXES]).encode_to_vec();
        assert_eq!(decode_stream(&full, "sf").unwrap().fixes.len(), MAX_FIXES);
        let over = stream(vec![fix("a"); MAX_FIXES + 1]).encode_to_vec();
        let Err(WireError::Invalid { violations }) = decode_stream(&over, "sf") else { panic!("accepted") };
        assert_eq!(violations[0].reason, reason::TOO_MANY_ITEMS);
        let huge = vec![0; MAX_LOCATION_BYTES + 1];
        let Err(WireError::Decode { reason, .. }) = decode_stream(&huge, "sf") else { panic!("accepted") };
        assert_eq!(reason, reason::MESSAGE_TOO_LARGE);
    }
}
