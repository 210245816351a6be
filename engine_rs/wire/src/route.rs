//! Finds out which region a request is for, before anything else is read.

use crate::error::WireError;
use crate::name;
use crate::reader::Reader;
use crate::reason;

/// Returns the region of a request whose field 1 is `regions/{region}` or a name below it.
///
/// Only the first field 1 is looked at: the full decoder of the region's engine checks the request again.
/// Linear in the number of top-level fields before it, which is none for every usual encoder.
///
/// # Errors
/// [`WireError::Decode`] when the bytes are no protobuf message; [`WireError::Invalid`] when field 1 is missing or
/// names no region.
pub fn request_region(message: &[u8]) -> Result<&str, WireError> {
    let mut reader = Reader::new(message);
    while let Some(tag) = reader.next_tag()? {
        if tag.field != 1 {
            reader.skip(tag)?;
            continue;
        }
        let full_name = reader.text(tag)?;
        return name::region_of(full_name)
            .ok_or_else(|| refused(reason::BAD_FORMAT, "must begin with \"regions/{region}\""));
    }
    Err(refused(reason::REQUIRED, "is required"))
}

fn refused(reason: &'static str, description: &str) -> WireError {
    let violation = crate::Violation { field: "parent".to_owned(), reason, description: description.to_owned() };
    WireError::Invalid { violations: vec![violation] }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::*;
    use crate::generated::dispatch::v1 as pb;

    #[test]
    fn the_region_comes_out_of_parent_or_name() {
        let batch = pb::BatchReportLocationsRequest { parent: "regions/sf".into(), fixes: vec![pb::Fix::default()] };
        assert_eq!(request_region(&batch.encode_to_vec()), Ok("sf"));
        let plan = pb::GetPlanRequest { name: "regions/la/plan".into(), ..Default::default() };
        assert_eq!(request_region(&plan.encode_to_vec()), Ok("la"));
    }

    #[test]
    fn a_request_without_region_is_refused() {
        for parent in ["", "regions", "regions/", "regions//plan", "regions/SF", "zones/sf"] {
            let request = pb::GetPlanRequest { name: parent.into(), ..Default::default() };
            let error = request_region(&request.encode_to_vec()).unwrap_err();
            assert!(matches!(error, WireError::Invalid { .. }), "{parent}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = request_region(&bytes);
        }
    }
}
