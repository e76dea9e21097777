//! The loops compiled for AVX2; the one file of this crate with `unsafe` in it.
#![allow(
    unsafe_code,
    reason = "SIMD: calls that need a processor feature, and gathers without bounds checks"
)]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_cvtepi32_ps, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_mul_ps,
    _mm256_set_epi32, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_ps, _mm256_storeu_ps,
    _mm256_xor_si256,
};

use crate::InputSpec;
use crate::view::RgbFromYuv;

use super::{Taps, plain};

/// Proof that this processor has AVX2: there is none without a look at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub(super) fn blend(self, upper: &[u8], lower: &[u8], weight: u16, out: &mut [u16]) {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { blend(upper, lower, weight, out) }
    }

    pub(super) fn blend_pairs(self, upper: &[u8], lower: &[u8], weight: u16, outs: [&mut [u16]; 2]) {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { blend_pairs(upper, lower, weight, outs) }
    }

    pub(super) fn blend_triples(self, upper: &[u8], lower: &[u8], weight: u16, outs: [&mut [u16]; 3]) {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { blend_triples(upper, lower, weight, outs) }
    }

    pub(super) fn pick(self, blended: &[u16], taps: &Taps, out: &mut [f32]) {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { pick(blended, taps, out) }
    }

    pub(super) fn convert_yuv(
        self,
        yuv: &RgbFromYuv,
        spec: &InputSpec,
        row: [&[f32]; 3],
        out: [&mut [f32]; 3],
    ) {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { convert_yuv(yuv, spec, row, out) }
    }

    pub(super) fn normalise_rgb(self, spec: &InputSpec, row: [&[f32]; 3], out: [&mut [f32]; 3]) {
        // SAFETY: `self` proves that the processor has AVX2.
        unsafe { normalise_rgb(spec, row, out) }
    }
}

#[target_feature(enable = "avx2")]
fn blend(upper: &[u8], lower: &[u8], weight: u16, out: &mut [u16]) {
    plain::blend(upper, lower, weight, out);
}

#[target_feature(enable = "avx2")]
fn blend_pairs(upper: &[u8], lower: &[u8], weight: u16, outs: [&mut [u16]; 2]) {
    plain::blend_pairs(upper, lower, weight, outs);
}

#[target_feature(enable = "avx2")]
fn blend_triples(upper: &[u8], lower: &[u8], weight: u16, outs: [&mut [u16]; 3]) {
    plain::blend_triples(upper, lower, weight, outs);
}

#[target_feature(enable = "avx2")]
fn convert_yuv(yuv: &RgbFromYuv, spec: &InputSpec, row: [&[f32]; 3], out: [&mut [f32]; 3]) {
    plain::convert_yuv(yuv, spec, row, out);
}

#[target_feature(enable = "avx2")]
fn normalise_rgb(spec: &InputSpec, row: [&[f32]; 3], out: [&mut [f32]; 3]) {
    plain::normalise_rgb(spec, row, out);
}

/// Eight target samples at a time: their pairs are read as 32 bits each and weighted by one instruction.
///
/// The pairs are read one by one: the gather instruction is slow on many processors, and slower still on those whose
/// microcode works around what it leaks.
#[target_feature(enable = "avx2")]
fn pick(blended: &[u16], taps: &Taps, out: &mut [f32]) {
    assert!(taps.reach() <= blended.len() && taps.len() == out.len(), "row and taps do not fit");
    // The multiplication is signed, so samples are moved down by half their range, and their sum up again by as much
    // times the sum of the weights.
    let half_range = _mm256_set1_epi16(i16::MIN);
    let moved = _mm256_set1_epi32(32768 * 256);
    let scale = _mm256_set1_ps(plain::SCALE);
    let (firsts, firsts_left) = taps.firsts().as_chunks::<8>();
    let (weights, weights_left) = taps.weights().as_chunks::<8>();
    let (outs, out_left) = out.as_chunks_mut::<8>();
    for ((out, firsts), weights) in outs.iter_mut().zip(firsts).zip(weights) {
        let pair = |index: usize| {
            // SAFETY: `Taps` holds that each first sample is below `reach` by two or more, and `reach` is within
            // `blended`: both samples are there. The read is unaligned.
            unsafe { blended.as_ptr().add(firsts[index] as usize).cast::<i32>().read_unaligned() }
        };
        let pairs = _mm256_set_epi32(pair(7), pair(6), pair(5), pair(4), pair(3), pair(2), pair(1), pair(0));
        // SAFETY: an array of eight `u32` is 32 bytes; the load is unaligned.
        let weights = unsafe { _mm256_loadu_si256(weights.as_ptr().cast::<__m256i>()) };
        let sums = _mm256_madd_epi16(_mm256_xor_si256(pairs, half_range), weights);
        let values = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(sums, moved)), scale);
        // SAFETY: an array of eight `f32` is 32 bytes; the store is unaligned.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), values) };
    }
    plain::pick_some(blended, firsts_left, weights_left, out_left);
}
