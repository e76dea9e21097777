//! Clips made of pictures: Motion JPEG in an AVI file, which GStreamer's own plugins read.

use std::fs;
use std::path::Path;

use vision::Picture;

const JPEG_QUALITY: u8 = 92;

/// Writes `frames`, all of one size, as a clip of `rate_hz` frames a second.
pub(crate) fn write(path: &Path, frames: &[Picture], rate_hz: u32) {
    let size = frames.first().expect("a frame").size();
    let (mut movie, mut index) = (b"movi".to_vec(), Vec::new());
    for frame in frames {
        assert_eq!(frame.size(), size, "frames of one size");
        let jpeg = frame.to_jpeg(JPEG_QUALITY).expect("encodes");
        // Offsets count from the word `movi`; a key frame.
        index.extend([b"00dc".as_slice(), &words(&[0x10, movie.len() as u32, jpeg.len() as u32])].concat());
        movie.extend(chunk(b"00dc", &jpeg));
    }
    let (width, height, count) = (size.width, size.height, frames.len() as u32);
    let avih = words(&[1_000_000 / rate_hz, 0, 0, 0x10, count, 0, 1, 0, width, height, 0, 0, 0, 0]);
    let strh = [
        b"vidsMJPG".to_vec(),
        words(&[0, 0, 0, 1, rate_hz, 0, count, 0, u32::MAX, 0]),
        [0u16, 0, width as u16, height as u16].iter().flat_map(|side| side.to_le_bytes()).collect(),
    ]
    .concat();
    let strf = [
        words(&[40, width, height, 1 | (24 << 16)]),
        b"MJPG".to_vec(),
        words(&[3 * width * height, 0, 0, 0, 0]),
    ]
    .concat();
    let stream = [b"strl".to_vec(), chunk(b"strh", &strh), chunk(b"strf", &strf)].concat();
    let header = [b"hdrl".to_vec(), chunk(b"avih", &avih), chunk(b"LIST", &stream)].concat();
    let file =
        [b"AVI ".to_vec(), chunk(b"LIST", &header), chunk(b"LIST", &movie), chunk(b"idx1", &index)].concat();
    fs::write(path, chunk(b"RIFF", &file)).expect("clip written");
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A chunk ends at an even byte.
fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut chunk = [name.as_slice(), &words(&[body.len() as u32]), body].concat();
    if !body.len().is_multiple_of(2) {
        chunk.push(0);
    }
    chunk
}
