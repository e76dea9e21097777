use proptest::prelude::*;

use super::*;
use crate::{ColourMatrix, ColourRange, FrameRect, OwnedPlanes, PadSide, Planes, SizePx};

const SPEC: InputSpec = InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };

fn written(planes: &OwnedPlanes, input: SizePx, spec: InputSpec) -> Vec<f32> {
    let view = planes.view();
    let letterbox = Letterbox::fit(view.size(), input, PadSide::BottomRight).expect("not empty");
    let mut tensor = vec![f32::NAN; 3 * input.area_px() as usize];
    TensorWriter::new(letterbox, spec, view.format()).write(&view, &mut tensor);
    tensor
}

fn plain(size: SizePx, format: PixelFormat, samples: [u8; 3]) -> OwnedPlanes {
    let (w, h) = (size.width as usize, size.height as usize);
    let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
    let planes = match format {
        PixelFormat::I420 => vec![
            (vec![samples[0]; w * h], w),
            (vec![samples[1]; cw * ch], cw),
            (vec![samples[2]; cw * ch], cw),
        ],
        PixelFormat::Nv12 => {
            vec![(vec![samples[0]; w * h], w), ([samples[1], samples[2]].repeat(cw * ch), 2 * cw)]
        }
        PixelFormat::Rgb8 => vec![(samples.repeat(w * h), 3 * w)],
    };
    OwnedPlanes::new(size, format, ColourMatrix::Bt601, ColourRange::Limited, planes).expect("fits")
}

#[test]
fn primaries_come_out_in_the_models_channel_order() {
    // BT.601 limited range code values of pure red, ITU-R BT.601-7.
    for format in [PixelFormat::I420, PixelFormat::Nv12] {
        let planes = plain(SizePx::new(32, 16), format, [81, 90, 240]);
        let tensor = written(&planes, SizePx::new(16, 16), SPEC);
        let (b, g, r) = (tensor[0], tensor[256], tensor[512]);
        assert!(b < 2.0 && g < 2.0 && 253.0 < r, "{format:?}: b {b} g {g} r {r}");
    }
}

#[test]
fn border_is_fill_and_only_outside_the_picture() {
    let planes = plain(SizePx::new(32, 16), PixelFormat::Rgb8, [10, 20, 30]);
    let tensor = written(&planes, SizePx::new(16, 16), SPEC);
    assert_eq!(tensor[..128], [30.0; 128], "upper half, blue first");
    assert_eq!(tensor[128..256], [114.0; 128], "lower half");
}

#[test]
fn mean_and_scale_are_taken_in_tensor_order() {
    let planes = plain(SizePx::new(8, 8), PixelFormat::Rgb8, [10, 20, 30]);
    let spec = InputSpec { mean: [30.0, 18.0, 0.0], scale: [1.0, 0.5, 0.1], ..SPEC };
    let tensor = written(&planes, SizePx::new(8, 8), spec);
    assert_eq!((tensor[0], tensor[64], tensor[128]), (0.0, 1.0, 1.0));
}

#[test]
fn i420_and_nv12_of_one_picture_give_one_tensor() {
    let (w, h) = (34usize, 18usize);
    let y: Vec<u8> = (0..w * h).map(|i| (i * 7 % 251) as u8).collect();
    let u: Vec<u8> = (0..w * h / 4).map(|i| (i * 5 % 241) as u8).collect();
    let v: Vec<u8> = (0..w * h / 4).map(|i| (i * 3 % 239) as u8).collect();
    let uv: Vec<u8> = u.iter().zip(&v).flat_map(|(&u, &v)| [u, v]).collect();
    let size = SizePx::new(w as u32, h as u32);
    let make = |format, planes| {
        OwnedPlanes::new(size, format, ColourMatrix::Bt709, ColourRange::Full, planes).expect("fits")
    };
    let i420 = make(PixelFormat::I420, vec![(y.clone(), w), (u, w / 2), (v, w / 2)]);
    let nv12 = make(PixelFormat::Nv12, vec![(y, w), (uv, w)]);
    let input = SizePx::new(16, 16);
    assert_eq!(written(&i420, input, SPEC), written(&nv12, input, SPEC));
}

#[test]
fn a_region_at_its_own_size_is_that_part_of_the_frame() {
    let size = SizePx::new(40, 30);
    let samples = (0..3 * size.area_px()).map(|i| (i * 37 % 251) as u8).collect();
    let picture = crate::Picture::new(size, samples).expect("fits");
    let region = FrameRect::new(7, 5, 16, 8);
    let letterbox = Letterbox::fit_region(size, region, SizePx::new(16, 10), PadSide::BottomRight);
    let mut writer = TensorWriter::new(letterbox.expect("fits"), SPEC, PixelFormat::Rgb8);
    let mut tensor = vec![f32::NAN; 3 * 16 * 10];
    writer.write(&picture.view(), &mut tensor);
    for (y, x) in [(0usize, 0usize), (0, 15), (7, 0), (7, 15), (3, 9)] {
        let blue = picture.rgb()[3 * ((y + 5) * 40 + x + 7) + 2];
        assert_eq!(tensor[y * 16 + x], f32::from(blue), "row {y}, column {x}");
    }
    assert_eq!(tensor[8 * 16..10 * 16], [114.0; 32], "the border");
}

/// A frame of noise in any format, with rows longer than their samples.
#[derive(Clone, Debug)]
struct Noise {
    size: SizePx,
    format: PixelFormat,
    range: ColourRange,
    padding: usize,
    seed: u64,
}

impl Noise {
    fn planes(&self) -> OwnedPlanes {
        let (w, h) = (self.size.width as usize, self.size.height as usize);
        let (cw, ch) = (w.div_ceil(2), h.div_ceil(2));
        let shapes = match self.format {
            PixelFormat::I420 => vec![(w, h), (cw, ch), (cw, ch)],
            PixelFormat::Nv12 => vec![(w, h), (2 * cw, ch)],
            PixelFormat::Rgb8 => vec![(3 * w, h)],
        };
        let mut state = self.seed;
        let mut sample = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Extremes often: that is where sums reach their ends.
            match state >> 56 {
                0..32 => 0,
                32..64 => 255,
                _ => (state >> 40) as u8,
            }
        };
        let mut plane = |(row, rows): (usize, usize)| {
            let stride = row + self.padding;
            ((0..stride * rows).map(|_| sample()).collect(), stride)
        };
        let planes = shapes.into_iter().map(&mut plane).collect();
        OwnedPlanes::new(self.size, self.format, ColourMatrix::Bt709, self.range, planes).expect("fits")
    }
}

/// The value of input pixel `(x, y)` in tensor channel `channel`, computed for itself from the definition.
fn defined(
    view: &FrameView<'_>,
    letterbox: &Letterbox,
    spec: &InputSpec,
    channel: usize,
    (x, y): (u32, u32),
) -> f32 {
    let inner = letterbox.inner();
    let normalised = |value: f32| (value - spec.mean[channel]) * spec.scale[channel];
    let (Some(x), Some(y)) = (x.checked_sub(letterbox.left_px()), y.checked_sub(letterbox.top_px())) else {
        return normalised(spec.fill);
    };
    if inner.width <= x || inner.height <= y {
        return normalised(spec.fill);
    }
    let (region, size) = (letterbox.region(), view.size());
    // First source sample, second, weight of the second.
    let taps = |target: u32, targets: u32, start: u32, length: u32, whole: u32, divisor: u32| {
        let scale = 1.0 / divisor as f32;
        let last = whole.div_ceil(divisor) - 1;
        let ratio = length as f32 * scale / targets as f32;
        let place = start as f32 * scale + (target as f32 + 0.5) * ratio - 0.5;
        let place = place.clamp(0.0, last as f32);
        let first = place.floor() as u32;
        (first, (first + 1).min(last), ((place - place.floor()) * 256.0).round() as u32)
    };
    let sample = |plane: usize, divisor: u32, step: u32, offset: u32| {
        let (x0, x1, wx) = taps(x, inner.width, region.x, region.width, size.width, divisor);
        let (y0, y1, wy) = taps(y, inner.height, region.y, region.height, size.height, divisor);
        let plane = view.plane(plane);
        let at =
            |x: u32, y: u32| u32::from(plane.data[y as usize * plane.stride + (x * step + offset) as usize]);
        let row = |y: u32| at(x0, y) * (256 - wx) + at(x1, y) * wx;
        (row(y0) * (256 - wy) + row(y1) * wy) as f32 / 65536.0
    };
    let colour = match spec.order {
        ChannelOrder::Rgb => channel,
        ChannelOrder::Bgr => 2 - channel,
    };
    let yuv = RgbFromYuv::of(view.matrix(), view.range());
    let [luma, u, v] = match view.format() {
        PixelFormat::I420 => [sample(0, 1, 1, 0), sample(1, 2, 1, 0), sample(2, 2, 1, 0)],
        PixelFormat::Nv12 => [sample(0, 1, 1, 0), sample(1, 2, 2, 0), sample(1, 2, 2, 1)],
        PixelFormat::Rgb8 => return normalised(sample(0, 1, 3, colour as u32)),
    };
    normalised(yuv.rgb(luma, u, v)[colour].clamp(0.0, 255.0))
}

prop_compose! {
    fn noise()(
        width in 1u32..90, height in 1u32..60, format in 0usize..3, full in any::<bool>(),
        padding in 0usize..5, seed in any::<u64>(),
    ) -> Noise {
        Noise {
            size: SizePx::new(width, height),
            format: [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgb8][format],
            range: if full { ColourRange::Full } else { ColourRange::Limited },
            padding,
            seed,
        }
    }
}

/// A frame and the part of it that is wanted: all of it, or any rectangle.
fn noise_and_region() -> impl Strategy<Value = (Noise, FrameRect)> {
    (noise(), any::<bool>(), [0.0..1.0f64, 0.0..1.0, 0.0..1.0, 0.0..1.0]).prop_map(|(noise, whole, share)| {
        let part = |share: f64, of: u32| (share * f64::from(of)) as u32;
        let (x, y) = (part(share[0], noise.size.width), part(share[1], noise.size.height));
        let (width, height) = (part(share[2], noise.size.width - x), part(share[3], noise.size.height - y));
        let region = FrameRect::new(x, y, width.max(1), height.max(1));
        let region = if whole { FrameRect::whole(noise.size) } else { region };
        (noise, region)
    })
}

proptest! {
    #[test]
    fn every_value_is_the_defined_one_to_the_bit_however_it_is_computed(
        (noise, region) in noise_and_region(), (width, height) in (1u32..80, 1u32..50),
        centred in any::<bool>(), bgr in any::<bool>(), plain_values in any::<bool>(),
    ) {
        let order = if bgr { ChannelOrder::Bgr } else { ChannelOrder::Rgb };
        let (mean, scale) = ([103.53, 116.28, 123.675], [1.0 / 57.375, 1.0 / 57.12, 1.0 / 58.395]);
        let spec = if plain_values { InputSpec { order, ..SPEC } } else { InputSpec { order, mean, scale, fill: 114.0 } };
        let pad = if centred { PadSide::Both } else { PadSide::BottomRight };
        let planes = noise.planes();
        let view = planes.view();
        let letterbox = Letterbox::fit_region(noise.size, region, SizePx::new(width, height), pad).expect("lies in");
        let bits = |kernel: Kernel| {
            let mut tensor = vec![f32::NAN; (3 * width * height) as usize];
            TensorWriter::with_kernel(letterbox, spec, noise.format, kernel).write(&view, &mut tensor);
            tensor.into_iter().map(f32::to_bits).collect::<Vec<_>>()
        };
        let (plain, fastest) = (bits(Kernel::plain()), bits(Kernel::detect()));
        prop_assert_eq!(&plain, &fastest, "plain and fast code differ");
        let mut index = 0;
        for channel in 0..3 {
            for y in 0..height {
                for x in 0..width {
                    let expected = defined(&view, &letterbox, &spec, channel, (x, y));
                    prop_assert_eq!(plain[index], expected.to_bits(), "channel {}, row {}, column {}", channel, y, x);
                    index += 1;
                }
            }
        }
    }
}
