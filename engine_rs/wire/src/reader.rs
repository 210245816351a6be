//! The protobuf wire format read from a slice, without copying and without ever panicking.
//!
//! Accepts exactly what prost accepts (a property test compares the two): varints of at most ten bytes, field numbers
//! from 1, groups skipped when unknown and closed by their own number.

use crate::error::WireError;

/// Deepest nesting of unknown groups that is skipped; prost's own limit.
const MAX_GROUP_DEPTH: u32 = 100;

const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const LENGTH_DELIMITED: u8 = 2;
const GROUP_START: u8 = 3;
const GROUP_END: u8 = 4;
const FIXED32: u8 = 5;

/// A field's number and wire type.
#[derive(Clone, Copy)]
pub(crate) struct Tag {
    pub(crate) field: u32,
    wire_type: u8,
}

/// The part of a message not yet read.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Reads the next field's tag, or `None` at the end of the message.
    #[inline]
    pub(crate) fn next_tag(&mut self) -> Result<Option<Tag>, WireError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = self.varint()?;
        let Ok(key) = u32::try_from(key) else {
            return Err(WireError::malformed("a field number is too large"));
        };
        let tag = Tag { field: key >> 3, wire_type: (key & 7) as u8 };
        if tag.field == 0 || tag.wire_type > FIXED32 {
            return Err(WireError::malformed("a field has number 0 or an unknown wire type"));
        }
        Ok(Some(tag))
    }

    #[inline]
    pub(crate) fn int64(&mut self, tag: Tag) -> Result<i64, WireError> {
        expect(tag, VARINT)?;
        self.varint().map(u64::cast_signed)
    }

    #[inline]
    pub(crate) fn double(&mut self, tag: Tag) -> Result<f64, WireError> {
        expect(tag, FIXED64)?;
        self.array().map(f64::from_le_bytes)
    }

    #[inline]
    pub(crate) fn float(&mut self, tag: Tag) -> Result<f32, WireError> {
        expect(tag, FIXED32)?;
        self.array().map(f32::from_le_bytes)
    }

    #[inline]
    pub(crate) fn text(&mut self, tag: Tag) -> Result<&'a str, WireError> {
        let bytes = self.bytes(tag)?;
        std::str::from_utf8(bytes).map_err(|_| WireError::malformed("a string is not valid UTF-8"))
    }

    /// Reads a length-delimited field: an inner message, or the bytes of a string.
    #[inline]
    pub(crate) fn bytes(&mut self, tag: Tag) -> Result<&'a [u8], WireError> {
        expect(tag, LENGTH_DELIMITED)?;
        self.delimited()
    }

    /// Skips a field that this version does not know.
    #[cold]
    pub(crate) fn skip(&mut self, tag: Tag) -> Result<(), WireError> {
        self.skip_nested(tag, MAX_GROUP_DEPTH)
    }

    fn skip_nested(&mut self, tag: Tag, depth: u32) -> Result<(), WireError> {
        match tag.wire_type {
            VARINT => self.varint().map(drop),
            FIXED64 => self.array::<8>().map(drop),
            FIXED32 => self.array::<4>().map(drop),
            LENGTH_DELIMITED => self.delimited().map(drop),
            GROUP_START => self.skip_group(tag.field, depth),
            _ => Err(WireError::malformed("a group ends that never began")),
        }
    }

    fn skip_group(&mut self, field: u32, depth: u32) -> Result<(), WireError> {
        let Some(inner_depth) = depth.checked_sub(1) else {
            return Err(WireError::malformed("groups are nested too deep"));
        };
        loop {
            match self.next_tag()? {
                None => return Err(WireError::malformed("a group never ends")),
                Some(tag) if tag.wire_type == GROUP_END && tag.field == field => return Ok(()),
                Some(tag) => self.skip_nested(tag, inner_depth)?,
            }
        }
    }

    #[inline]
    fn delimited(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.varint()?;
        match usize::try_from(length).ok().and_then(|length| self.rest.split_at_checked(length)) {
            Some((field, rest)) => {
                self.rest = rest;
                Ok(field)
            }
            None => Err(truncated()),
        }
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (value, rest) = self.rest.split_first_chunk::<N>().ok_or_else(truncated)?;
        self.rest = rest;
        Ok(*value)
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, WireError> {
        match self.rest.split_first() {
            Some((&byte, rest)) if byte < 0x80 => {
                self.rest = rest;
                Ok(u64::from(byte))
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, WireError> {
        let mut value = 0;
        for (index, &byte) in self.rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7F) << (7 * index);
            if byte < 0x80 {
                if index == 9 && byte > 1 {
                    return Err(WireError::malformed("a varint does not fit 64 bits"));
                }
                self.rest = &self.rest[index + 1..];
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 { truncated() } else { WireError::malformed("a varint has more than ten bytes") })
    }
}

#[inline]
fn expect(tag: Tag, wire_type: u8) -> Result<(), WireError> {
    if tag.wire_type == wire_type { Ok(()) } else { Err(wrong_type(tag)) }
}

#[cold]
fn wrong_type(tag: Tag) -> WireError {
    WireError::malformed(format!("field {} has wire type {}", tag.field, tag.wire_type))
}

#[cold]
fn truncated() -> WireError {
    WireError::malformed("the message ends in the middle of a field")
}
