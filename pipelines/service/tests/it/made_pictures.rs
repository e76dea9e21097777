//! Pictures of one colour, byte by byte: of any size that a header can say, and small on the wire.

/// What a PNG's header says of its samples.
#[derive(Clone, Copy)]
pub(crate) enum Png {
    Grey,
    Rgb,
    /// 16 bits a channel.
    Rgba16,
}

/// A black PNG with these further chunks between its header and its data.
pub(crate) fn png(kind: Png, width: u32, height: u32, more: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let (depth, colour, bytes) = match kind {
        Png::Grey => (8, 0, 1),
        Png::Rgb => (8, 2, 3),
        Png::Rgba16 => (16, 6, 8),
    };
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, colour, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    for (name, data) in more {
        chunk(&mut png, name, data);
    }
    // Each row begins with its filter: none.
    chunk(&mut png, b"IDAT", &zlib_of_zeros(height as usize * (1 + width as usize * bytes)));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// The header of a PNG and nothing else.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, b"IHDR", &header);
    png.extend(b"\0\0\0\0IDAT");
    png.extend(crc32(b"IDAT").to_be_bytes());
    png
}

/// A baseline JPEG of `components` (1: grey, 3: YCbCr, 4: CMYK as Adobe writes it), all of the same value.
pub(crate) fn jpeg(components: u8, width: u16, height: u16) -> Vec<u8> {
    let mut jpeg = vec![0xff, 0xd8];
    if components == 4 {
        segment(&mut jpeg, 0xee, b"Adobe\0\x64\0\0\0\0\0");
    }
    segment(&mut jpeg, 0xdb, &[&[0][..], &[1; 64]].concat());
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.push(components);
    frame.extend((1..=components).flat_map(|id| [id, 0x11, 0]));
    segment(&mut jpeg, 0xc0, &frame);
    // One code of one bit each: a difference of 0, and the end of the block.
    for table in [0x00, 0x10] {
        segment(&mut jpeg, 0xc4, &[&[table, 1][..], &[0; 15], &[0]].concat());
    }
    let mut scan = vec![components];
    scan.extend((1..=components).flat_map(|id| [id, 0]));
    scan.extend([0, 63, 0]);
    segment(&mut jpeg, 0xda, &scan);
    let blocks = usize::from(width.div_ceil(8)) * usize::from(height.div_ceil(8)) * usize::from(components);
    // What fills the last byte is ones.
    let bits = 2 * blocks;
    jpeg.extend(std::iter::repeat_n(0, bits / 8));
    jpeg.extend((!bits.is_multiple_of(8)).then_some(0xff_u8 >> (bits % 8)));
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

/// A compressed text chunk's data: a keyword and `length` zeros.
pub(crate) fn compressed_text(length: usize) -> Vec<u8> {
    [b"Comment\0\0".as_slice(), &zlib_of_zeros(length)].concat()
}

fn segment(jpeg: &mut Vec<u8>, marker: u8, data: &[u8]) {
    jpeg.extend([0xff, marker]);
    jpeg.extend(u16::try_from(data.len() + 2).expect("short").to_be_bytes());
    jpeg.extend(data);
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).expect("short").to_be_bytes());
    let from = png.len();
    png.extend(name);
    png.extend(data);
    png.extend(crc32(&png[from..]).to_be_bytes());
}

/// `length` zeros, at least one, as RFC 1950 and 1951 write them: a literal, then copies of 258 each, which is 1 : 159.
fn zlib_of_zeros(length: usize) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x78, 0x9c], used: 8 };
    bits.put(0b1, 1);
    bits.put(0b01, 2);
    let (copies, literals) = ((length - 1) / 258, (length - 1) % 258);
    for _ in 0..=literals {
        bits.put_code(0b0011_0000, 8);
    }
    for _ in 0..copies {
        bits.put_code(0b1100_0101, 8);
        bits.put_code(0, 5);
    }
    bits.put_code(0, 7);
    let mut bytes = bits.bytes;
    // Adler-32 of zeros.
    bytes.extend((((length % 65_521) as u32) << 16 | 1).to_be_bytes());
    bytes
}

struct Bits {
    bytes: Vec<u8>,
    /// Of the last byte.
    used: u32,
}

impl Bits {
    /// Least significant bit first.
    fn put(&mut self, value: u32, count: u32) {
        for nth in 0..count {
            if self.used == 8 {
                self.bytes.push(0);
                self.used = 0;
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= ((value >> nth & 1) as u8) << self.used;
            self.used += 1;
        }
    }

    /// A Huffman code: most significant bit first.
    fn put_code(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }
}

/// CRC-32 as PNG's annex D defines it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc: u32, &byte| TABLE[((crc ^ u32::from(byte)) & 0xff) as usize] ^ (crc >> 8))
}

/// The remainders of single bytes: pictures here are megabytes.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
