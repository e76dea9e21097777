//! The loops in plain Rust, over slices of equal length so that they vectorise.
//!
//! They are inlined into the functions that [`super::avx2`] compiles for its processor.

use crate::view::RgbFromYuv;
use crate::{ChannelOrder, InputSpec};

use super::Taps;

/// Scales a sample that was weighted twice by 256 back; a power of two, so that nothing is rounded.
pub(super) const SCALE: f32 = 1.0 / 65536.0;

#[inline(always)]
pub(super) fn blend(upper: &[u8], lower: &[u8], weight: u16, out: &mut [u16]) {
    for ((value, &a), &b) in out.iter_mut().zip(upper).zip(lower) {
        *value = mix(u16::from(a), u16::from(b), weight);
    }
}

#[inline(always)]
pub(super) fn blend_pairs(upper: &[u8], lower: &[u8], weight: u16, [first, second]: [&mut [u16]; 2]) {
    let (upper, _) = upper.as_chunks::<2>();
    let (lower, _) = lower.as_chunks::<2>();
    for (((first, second), &a), &b) in first.iter_mut().zip(second).zip(upper).zip(lower) {
        let (a, b) = (u16::from_le_bytes(a), u16::from_le_bytes(b));
        *first = mix(a & 0xff, b & 0xff, weight);
        *second = mix(a >> 8, b >> 8, weight);
    }
}

#[inline(always)]
pub(super) fn blend_triples(
    upper: &[u8],
    lower: &[u8],
    weight: u16,
    [first, second, third]: [&mut [u16]; 3],
) {
    let (upper, _) = upper.as_chunks::<3>();
    let (lower, _) = lower.as_chunks::<3>();
    let outs = first.iter_mut().zip(second).zip(third);
    for ((((first, second), third), a), b) in outs.zip(upper).zip(lower) {
        *first = mix(u16::from(a[0]), u16::from(b[0]), weight);
        *second = mix(u16::from(a[1]), u16::from(b[1]), weight);
        *third = mix(u16::from(a[2]), u16::from(b[2]), weight);
    }
}

/// `a · (256 − weight) + b · weight` with one product: the sum fits 16 bits, whatever its parts do on the way.
#[inline(always)]
fn mix(a: u16, b: u16, weight: u16) -> u16 {
    (a << 8).wrapping_add(b.wrapping_sub(a).wrapping_mul(weight))
}

#[inline(always)]
pub(super) fn pick(blended: &[u16], taps: &Taps, out: &mut [f32]) {
    assert!(taps.reach() <= blended.len() && taps.len() == out.len(), "row and taps do not fit");
    pick_some(blended, taps.firsts(), taps.weights(), out);
}

#[inline(always)]
pub(super) fn pick_some(blended: &[u16], firsts: &[u32], weights: &[u32], out: &mut [f32]) {
    for ((value, &first), &weights) in out.iter_mut().zip(firsts).zip(weights) {
        let pair = &blended[first as usize..][..2];
        // At most 2^24, which an `f32` holds exactly.
        let sum = u32::from(pair[0]) * (weights & 0xffff) + u32::from(pair[1]) * (weights >> 16);
        *value = sum as f32 * SCALE;
    }
}

#[inline(always)]
pub(super) fn convert_yuv(
    yuv: &RgbFromYuv,
    spec: &InputSpec,
    [luma, u, v]: [&[f32]; 3],
    out: [&mut [f32]; 3],
) {
    let [first, second, third] = out;
    let (red, blue, red_out, blue_out) = match spec.order {
        ChannelOrder::Rgb => (0, 2, first, third),
        ChannelOrder::Bgr => (2, 0, third, first),
    };
    let (mean, scale) = (spec.mean, spec.scale);
    let samples = luma.iter().zip(u).zip(v);
    let outs = red_out.iter_mut().zip(second).zip(blue_out);
    for (((&y, &u), &v), ((r, g), b)) in samples.zip(outs) {
        let [red_value, green, blue_value] = yuv.rgb(y, u, v);
        *r = (red_value.clamp(0.0, 255.0) - mean[red]) * scale[red];
        *g = (green.clamp(0.0, 255.0) - mean[1]) * scale[1];
        *b = (blue_value.clamp(0.0, 255.0) - mean[blue]) * scale[blue];
    }
}

#[inline(always)]
pub(super) fn normalise_rgb(spec: &InputSpec, row: [&[f32]; 3], out: [&mut [f32]; 3]) {
    for (channel, out) in out.into_iter().enumerate() {
        let source = match spec.order {
            ChannelOrder::Rgb => channel,
            ChannelOrder::Bgr => 2 - channel,
        };
        let (mean, scale) = (spec.mean[channel], spec.scale[channel]);
        for (value, &sample) in out.iter_mut().zip(row[source]) {
            *value = (sample - mean) * scale;
        }
    }
}
