//! The fields of a protobuf message as they stand in its bytes, without a schema.
//!
//! Source: "Encoding" of the Protocol Buffers documentation. A message is rewritten by copying [`Field::raw`] of
//! whatever stays, so a field that nobody here has heard of comes through as it is.

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
    /// Tag and payload as written.
    pub(super) raw: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Varint(u64),
    /// Text, bytes, an embedded message or a packed list.
    Bytes(&'a [u8]),
    /// A number of 4 or 8 bytes; nothing here reads one.
    Fixed,
}

/// The bytes are no protobuf message, or one with groups, which ONNX does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// The fields of `message` in their order.
pub(super) fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

#[derive(Clone)]
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = read_field(self.rest);
        // After a malformed field nothing can be told apart any more.
        self.rest = field.as_ref().map_or(&[], |(_, rest)| rest);
        Some(field.map(|(field, _)| field))
    }
}

fn read_field(message: &[u8]) -> Result<(Field<'_>, &[u8]), Malformed> {
    let (tag, rest) = varint(message)?;
    let number = u32::try_from(tag >> 3).map_err(|_| Malformed)?;
    let (value, rest) = match tag & 7 {
        0 => {
            let (value, rest) = varint(rest)?;
            (Value::Varint(value), rest)
        }
        1 => (Value::Fixed, rest.get(8..).ok_or(Malformed)?),
        2 => {
            let (len, rest) = varint(rest)?;
            let len = usize::try_from(len).map_err(|_| Malformed)?;
            let (bytes, rest) = rest.split_at_checked(len).ok_or(Malformed)?;
            (Value::Bytes(bytes), rest)
        }
        5 => (Value::Fixed, rest.get(4..).ok_or(Malformed)?),
        _ => return Err(Malformed),
    };
    if number == 0 {
        return Err(Malformed);
    }
    let raw = &message[..message.len() - rest.len()];
    Ok((Field { number, value, raw }, rest))
}

/// A number of at most ten groups of seven bits, the lowest first, and what follows it.
pub(super) fn varint(bytes: &[u8]) -> Result<(u64, &[u8]), Malformed> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Ok((value, &bytes[i + 1..]));
        }
    }
    Err(Malformed)
}

/// Appends a field that holds `bytes`.
pub(super) fn put_bytes(message: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    put_varint(message, u64::from(number) << 3 | 2);
    put_varint(message, bytes.len() as u64);
    message.extend_from_slice(bytes);
}

fn put_varint(message: &mut Vec<u8>, mut value: u64) {
    while 0x80 <= value {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_read_as_the_documentation_encodes_them() {
        // `a: 150`, `b: "testing"`, and a fixed field of 4 bytes.
        let message = [&[0x08, 0x96, 0x01], &b"\x12\x07testing"[..], &[0x1d, 1, 2, 3, 4]].concat();
        let read: Vec<Field<'_>> = fields(&message).collect::<Result<_, _>>().expect("a message");
        let values: Vec<_> = read.iter().map(|field| (field.number, field.value)).collect();
        assert_eq!(values, [(1, Value::Varint(150)), (2, Value::Bytes(b"testing")), (3, Value::Fixed)]);
    }

    #[test]
    fn what_is_cut_short_or_grouped_is_malformed() {
        for bad in [&[0x08][..], &[0x12, 5, 1], &[0x1d, 1, 2], &[0x09, 1], &[0x0b], &[0x00, 1], &[0xff; 11]] {
            assert_eq!(fields(bad).last(), Some(Err(Malformed)), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_reads_is_made_of_its_raw_fields(message: Vec<u8>) {
            let read: Result<Vec<Field<'_>>, Malformed> = fields(&message).collect();
            if let Ok(read) = read {
                let raws: Vec<u8> = read.iter().flat_map(|field| field.raw).copied().collect();
                prop_assert_eq!(raws, message);
            }
        }

        #[test]
        fn bytes_put_are_bytes_read(number in 1u32..1 << 29, bytes: Vec<u8>) {
            let mut message = Vec::new();
            put_bytes(&mut message, number, &bytes);
            let mut read = fields(&message);
            let field = read.next().expect("one").expect("well formed");
            prop_assert_eq!((field.number, field.value), (number, Value::Bytes(&bytes)));
            prop_assert!(read.next().is_none());
        }
    }
}
