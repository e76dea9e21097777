//! Our side of `benches/peers/preprocess`: frames into tensors as often as the other side of a pipe asks.
//!
//! Arguments: `i420|nv12`, width and height of the frame, width and height of the input, a file with the frame's
//! planes one behind the other. For each line with a count on standard input it fills the tensor so often and answers
//! with a line: nanoseconds for all of them, and the sum of the tensor as a proof of work.

use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use vision::{
    ChannelOrder, ColourMatrix, ColourRange, InputSpec, Letterbox, OwnedPlanes, PadSide, PixelFormat, Planes,
    SizePx, TensorWriter,
};

const SPEC: InputSpec = InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, width, height, input_width, input_height, path] = arguments.as_slice() else {
        return Err(format!("expected 6 arguments, got {}", arguments.len()).into());
    };
    let size = SizePx::new(width.parse()?, height.parse()?);
    let input = SizePx::new(input_width.parse()?, input_height.parse()?);
    let frame = planes(format, size, &fs::read(path)?)?;
    let view = frame.view();
    let letterbox = Letterbox::fit(size, input, PadSide::BottomRight).ok_or("a size without pixels")?;
    let mut writer = TensorWriter::new(letterbox, SPEC, view.format());
    let mut tensor = vec![0.0; 3 * input.area_px() as usize];
    let mut answers = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let count: u32 = line?.trim().parse()?;
        let begun = Instant::now();
        for _ in 0..count {
            writer.write(black_box(&view), black_box(&mut tensor));
        }
        let spent = begun.elapsed().as_nanos();
        let sum: f64 = tensor.iter().map(|&value| f64::from(value)).sum();
        writeln!(answers, "{spent} {sum}")?;
        answers.flush()?;
    }
    Ok(())
}

/// BT.601 in limited range, as OpenCV takes every frame to be.
fn planes(format: &str, size: SizePx, bytes: &[u8]) -> Result<OwnedPlanes, Box<dyn std::error::Error>> {
    let (width, luma) = (size.width as usize, size.area_px() as usize);
    if bytes.len() != luma + luma / 2 {
        return Err(format!("{} bytes, expected {} for {size}", bytes.len(), luma + luma / 2).into());
    }
    let plane = |from: usize, to: usize, stride: usize| (bytes[from..to].to_vec(), stride);
    let (format, planes) = match format {
        "i420" => (
            PixelFormat::I420,
            vec![
                plane(0, luma, width),
                plane(luma, luma + luma / 4, width / 2),
                plane(luma + luma / 4, bytes.len(), width / 2),
            ],
        ),
        "nv12" => (PixelFormat::Nv12, vec![plane(0, luma, width), plane(luma, bytes.len(), width)]),
        other => return Err(format!("unknown format `{other}`: expected `i420` or `nv12`").into()),
    };
    Ok(OwnedPlanes::new(size, format, ColourMatrix::Bt601, ColourRange::Limited, planes)?)
}
