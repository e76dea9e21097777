//! What decoding costs, per codec.

use std::path::{Path, PathBuf};

use capture::{CaptureError, Codec, Recoding, decode_all, recode_clip};
use serde::Serialize;
use vision::SizePx;

use super::cpu;

/// Target bitrate of a camera's stream.
const KBPS: u32 = 4000;

/// One codec.
#[derive(Debug, Serialize)]
pub(crate) struct DecodeFigure {
    pub(crate) codec: &'static str,
    #[serde(flatten)]
    pub(crate) outcome: DecodeOutcome,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum DecodeOutcome {
    Measured {
        decoder: String,
        encoder: &'static str,
        size: (u32, u32),
        frames: u64,
        cpu_ms_per_frame: f64,
        /// What one core decodes, if it does nothing else.
        frames_per_second_per_core: f64,
    },
    /// Why it was not measured.
    Omitted { omitted: String },
}

/// A stream as a camera sends it.
pub(super) struct Stream {
    pub(super) file: PathBuf,
    encoder: &'static str,
}

/// The first `frames` frames of `footage` as a camera of `codec` and `size` would have sent them, in `folder`.
///
/// # Errors
/// When no encoder of that codec is installed, or the footage cannot be played.
pub(super) fn stream(
    footage: &Path,
    folder: &Path,
    codec: Codec,
    size: SizePx,
    frames: u32,
) -> Result<Stream, CaptureError> {
    let file = folder.join(format!("{}-{size}.mov", codec.name()));
    let encoder = recode_clip(footage, &file, &Recoding { codec, size, kbps: KBPS, frames })?;
    Ok(Stream { file, encoder })
}

/// Decodes `stream` once and for all its frames.
pub(super) fn decode(codec: Codec, stream: &Result<Stream, CaptureError>) -> DecodeFigure {
    let measured = |stream: &Stream| {
        // The first time plug-ins are loaded and files come from the disk.
        decode_all(&stream.file, Some(1))?;
        let before = cpu::time();
        let decoded = decode_all(&stream.file, None)?;
        let seconds = (cpu::time() - before).as_secs_f64();
        Ok(DecodeOutcome::Measured {
            decoder: decoded.decoder,
            encoder: stream.encoder,
            size: (decoded.size.width, decoded.size.height),
            frames: decoded.frames,
            cpu_ms_per_frame: 1e3 * seconds / decoded.frames as f64,
            frames_per_second_per_core: decoded.frames as f64 / seconds,
        })
    };
    let outcome = match stream {
        Ok(stream) => measured(stream)
            .unwrap_or_else(|error: CaptureError| DecodeOutcome::Omitted { omitted: error.to_string() }),
        Err(error) => DecodeOutcome::Omitted { omitted: error.to_string() },
    };
    DecodeFigure { codec: codec.name(), outcome }
}
