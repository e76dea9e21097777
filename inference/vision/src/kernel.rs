//! The loops over samples, for the processor at hand.
//!
//! Each is written once, in plain Rust that vectorises for the target's baseline (NEON is part of arm64's). On x86-64
//! with AVX2 the same source is compiled a second time for it; only the gathering of columns is written twice. All of
//! it is integer arithmetic, or `f32` arithmetic whose operations and order are fixed in the source, so that a tensor
//! does not depend on the instruction set.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod plain;
mod taps;

pub(crate) use taps::Taps;

use crate::InputSpec;
use crate::view::RgbFromYuv;

/// How the loops are run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    #[cfg(target_arch = "x86_64")]
    avx2: Option<avx2::Avx2>,
}

impl Kernel {
    /// The fastest on this processor.
    pub(crate) fn detect() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            avx2: avx2::Avx2::detect(),
        }
    }

    /// The one that runs everywhere.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self {
            #[cfg(target_arch = "x86_64")]
            avx2: None,
        }
    }

    /// Two rows weighted into one, scaled by 256: `upper · (256 − weight) + lower · weight`.
    pub(crate) fn blend(self, upper: &[u8], lower: &[u8], weight: u16, out: &mut [u16]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = self.avx2 {
            return avx2.blend(upper, lower, weight, out);
        }
        plain::blend(upper, lower, weight, out);
    }

    /// As [`Kernel::blend`] for rows of pairs, whose halves go to a row each.
    pub(crate) fn blend_pairs(self, upper: &[u8], lower: &[u8], weight: u16, outs: [&mut [u16]; 2]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = self.avx2 {
            return avx2.blend_pairs(upper, lower, weight, outs);
        }
        plain::blend_pairs(upper, lower, weight, outs);
    }

    /// As [`Kernel::blend`] for rows of triples, whose thirds go to a row each.
    pub(crate) fn blend_triples(self, upper: &[u8], lower: &[u8], weight: u16, outs: [&mut [u16]; 3]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = self.avx2 {
            return avx2.blend_triples(upper, lower, weight, outs);
        }
        plain::blend_triples(upper, lower, weight, outs);
    }

    /// The samples of a blended row at `taps`, scaled back to `[0, 255]`.
    ///
    /// # Panics
    /// When `blended` is shorter than [`Taps::reach`] or `out` has another length than `taps`.
    pub(crate) fn pick(self, blended: &[u16], taps: &Taps, out: &mut [f32]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = self.avx2 {
            return avx2.pick(blended, taps, out);
        }
        plain::pick(blended, taps, out);
    }

    /// Y, U, V rows into the normalised rows of a tensor.
    pub(crate) fn convert_yuv(
        self,
        yuv: &RgbFromYuv,
        spec: &InputSpec,
        row: [&[f32]; 3],
        out: [&mut [f32]; 3],
    ) {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = self.avx2 {
            return avx2.convert_yuv(yuv, spec, row, out);
        }
        plain::convert_yuv(yuv, spec, row, out);
    }

    /// R, G, B rows into the normalised rows of a tensor.
    pub(crate) fn normalise_rgb(self, spec: &InputSpec, row: [&[f32]; 3], out: [&mut [f32]; 3]) {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = self.avx2 {
            return avx2.normalise_rgb(spec, row, out);
        }
        plain::normalise_rgb(spec, row, out);
    }
}
