//! Where a JPEG ends. Its end marker need not be its last bytes: phones and cameras append previews and blocks of
//! their own. Nor does the first `FF D9` end it: a preview in its header has one too.

const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const TEMPORARY: u8 = 0x01;

/// Whether `jpeg`, walked from marker to marker, has its end marker after at least one scan.
pub(crate) fn has_end(jpeg: &[u8]) -> bool {
    let mut rest = jpeg;
    let mut scanned = false;
    while let Some((marker, after)) = next_marker(rest) {
        rest = match marker {
            END if scanned => return true,
            START | END | TEMPORARY => after,
            _ => {
                scanned |= marker == SCAN;
                let Some(after) = after_segment(after) else { return false };
                after
            }
        };
    }
    false
}

/// The next marker and what follows it. Passes over a scan's coded data, in which `FF 00` is a value and a restart
/// is no boundary, over fill bytes, and over stray bytes between segments, as decoders do.
fn next_marker(mut bytes: &[u8]) -> Option<(u8, &[u8])> {
    loop {
        let at = bytes.iter().position(|&byte| byte == 0xff)?;
        bytes = &bytes[at + 1..];
        match *bytes.first()? {
            // Of several FF the last one begins the marker.
            0xff => {}
            0x00 => bytes = &bytes[1..],
            code if RESTARTS.contains(&code) => bytes = &bytes[1..],
            code => return Some((code, &bytes[1..])),
        }
    }
}

/// What follows the segment whose length, its own two bytes included, `bytes` begin with.
fn after_segment(bytes: &[u8]) -> Option<&[u8]> {
    let (length, _) = bytes.split_first_chunk()?;
    bytes.get(usize::from(u16::from_be_bytes(*length)).max(2)..)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Picture, SizePx};

    fn real(seed: u32) -> Vec<u8> {
        let noise =
            (0..3 * 24 * 24u32).map(|i| (i.wrapping_mul(seed | 1).wrapping_mul(2_654_435_761) >> 24) as u8);
        let picture = Picture::new(SizePx::new(24, 24), noise.collect()).expect("fits");
        picture.to_jpeg(90).expect("encodes")
    }

    /// Coded data with a stuffed byte and a restart, a table between the scans, a fill byte before it.
    const TWO_SCANS: &[u8] = &[
        0xff, 0xd8, 0xff, 0xda, 0, 3, 9, 1, 0xff, 0, 2, 0xff, 0xd0, 3, 0xff, 0xff, 0xc4, 0, 4, 0xff, 0xd9,
        0xff, 0xda, 0, 3, 9, 4, 5, 0xff, 0xd9,
    ];

    proptest! {
        #[test]
        fn a_real_jpeg_ends_at_its_last_byte_whatever_follows(
            seed in any::<u32>(), trailer in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut jpeg = real(seed);
            for kept in 0..jpeg.len() {
                prop_assert!(!has_end(&jpeg[..kept]), "{kept} of {}", jpeg.len());
            }
            jpeg.extend(trailer);
            prop_assert!(has_end(&jpeg));
        }

        #[test]
        fn no_bytes_make_the_walk_panic_and_no_more_bytes_take_an_end_away(
            body in proptest::collection::vec(
                prop_oneof![Just(0xff), Just(0xd9), Just(0xda), Just(0), any::<u8>()], 0..300,
            ),
        ) {
            let ends: Vec<bool> = (0..=body.len()).map(|kept| has_end(&body[..kept])).collect();
            prop_assert!(ends.is_sorted(), "{ends:?}");
        }
    }

    #[test]
    fn each_scan_of_a_progressive_jpeg_is_walked() {
        for kept in 0..TWO_SCANS.len() {
            assert!(!has_end(&TWO_SCANS[..kept]), "{kept} bytes");
        }
        assert!(has_end(TWO_SCANS));
    }

    #[test]
    fn the_end_of_a_preview_in_the_header_ends_nothing() {
        let preview = real(7);
        let mut jpeg = vec![0xff, 0xd8, 0xff, 0xe1];
        jpeg.extend(u16::try_from(preview.len() + 2).expect("short").to_be_bytes());
        jpeg.extend(preview);
        let header = jpeg.len();
        jpeg.extend(&real(9)[2..]);
        assert!(has_end(&jpeg));
        for kept in [header, header + 300, jpeg.len() - 1] {
            assert!(!has_end(&jpeg[..kept]), "{kept} bytes");
        }
    }
}
