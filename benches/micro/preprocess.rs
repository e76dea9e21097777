//! A decoded frame into a model's input: planes → letterboxed CHW `f32`, the same of a region, and warped crops.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use capture::{Camera, CameraSpec, ConnectLimit, Source, Taken};
use criterion::{Bencher, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vision::{
    ChannelOrder, ColourMatrix, ColourRange, FrameBox, FrameFromCrop, FramePoint, FrameRect, FrameView,
    InputSpec, Letterbox, OwnedPlanes, PadSide, Picture, PixelFormat, Planes, SizePx, TensorWriter,
    sharpness,
};

const SPEC: InputSpec = InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };

fn preprocess(c: &mut Criterion) {
    let Some(frame) = real_frame() else { return };
    let wide = enlarged(&frame, SizePx::new(1920, 1080));
    let frames = [&frame, &wide].map(|i420| [i420.clone(), nv12(i420)]);
    tensors(c, frames.as_flattened());
    let [_, [wide, _]] = &frames;
    region(c, wide);
    warps(c, wide);
    evidence(c, wide);
}

fn tensors(c: &mut Criterion, frames: &[OwnedPlanes]) {
    let mut group = c.benchmark_group("planes_to_chw_f32");
    for frame in frames {
        let view = frame.view();
        group.throughput(Throughput::Elements(view.size().area_px()));
        for input in [SizePx::new(416, 416), SizePx::new(416, 256)] {
            let id = BenchmarkId::new(format!("{}_to_{input}", view.format().name()), view.size());
            let letterbox = Letterbox::fit(view.size(), input, PadSide::BottomRight);
            group.bench_with_input(id, &view, |b, view| write(b, view, letterbox));
        }
    }
    group.finish();
}

/// A tile at the size of the input, where nothing is scaled down.
fn region(c: &mut Criterion, frame: &OwnedPlanes) {
    let view = frame.view();
    let (region, input) = (FrameRect::new(701, 301, 416, 256), SizePx::new(416, 256));
    let mut group = c.benchmark_group("region_to_chw_f32");
    group.throughput(Throughput::Elements(region.size().area_px()));
    let letterbox = Letterbox::fit_region(view.size(), region, input, PadSide::BottomRight);
    group.bench_with_input(BenchmarkId::new("I420_tile", region), &view, |b, view| write(b, view, letterbox));
    group.finish();
}

/// What choosing and hiding in pictures costs: a person of 120 x 320 and a vehicle of 900 x 600.
fn evidence(c: &mut Criterion, frame: &OwnedPlanes) {
    let view = frame.view();
    let mut group = c.benchmark_group("evidence");
    for (width, height) in [(120.0, 320.0), (900.0, 600.0)] {
        let Some(area) = FrameBox::new(401.0, 201.0, 401.0 + width, 201.0 + height) else {
            unreachable!("a box")
        };
        let size = SizePx::new(width as u32, height as u32);
        group.bench_function(BenchmarkId::new("sharpness", size), |b| {
            b.iter(|| sharpness(black_box(&view), black_box(&area)))
        });
        group.bench_function(BenchmarkId::new("copy_of_part", size), |b| {
            b.iter(|| view.part(black_box(&area)))
        });
        let mut picture = Picture::from_view(&view);
        group.bench_function(BenchmarkId::new("blur", size), |b| {
            b.iter(|| picture.blur(black_box(&area), None))
        });
    }
    let corners = [(0.0, 0.0), (480.0, 0.0), (480.0, 270.0), (0.0, 270.0)].map(|(x, y)| FramePoint { x, y });
    group.bench_function(BenchmarkId::new("frame_without_a_sixteenth", view.size()), |b| {
        b.iter(|| {
            let mut planes = view.to_owned_planes();
            planes.black_out(black_box(&corners));
            planes
        })
    });
    group.finish();
}

fn write(b: &mut Bencher<'_>, view: &FrameView<'_>, letterbox: Option<Letterbox>) {
    let Some(letterbox) = letterbox else { unreachable!("the region lies in the frame") };
    let mut writer = TensorWriter::new(letterbox, SPEC, view.format());
    let mut tensor = vec![0.0; 3 * letterbox.input().area_px() as usize];
    b.iter(|| writer.write(black_box(view), black_box(&mut tensor)));
}

/// A face of 112 x 112 and a plate of 188 x 48, tilted.
fn warps(c: &mut Criterion, frame: &OwnedPlanes) {
    let view = frame.view();
    let mut group = c.benchmark_group("warp_to_rgb");
    for (name, size, corners) in [
        ("face", SizePx::new(112, 112), [(700.0, 300.0), (840.0, 320.0), (820.0, 460.0), (680.0, 440.0)]),
        ("plate", SizePx::new(188, 48), [(900.0, 600.0), (1020.0, 580.0), (1026.0, 616.0), (904.0, 640.0)]),
    ] {
        let corners = corners.map(|(x, y)| FramePoint { x, y });
        let Some(map) = FrameFromCrop::of_corners(&corners, size) else {
            unreachable!("a convex quadrangle")
        };
        group.throughput(Throughput::Elements(size.area_px()));
        group.bench_with_input(BenchmarkId::new(name, size), &view, |b, view| {
            b.iter(|| Picture::warped(black_box(view), &map, size));
        });
    }
    group.finish();
}

/// The hundredth frame of the demo clip.
fn real_frame() -> Option<OwnedPlanes> {
    let path = datasets::testkit::clip("people-one-by-one")?;
    let spec = CameraSpec {
        id: Arc::from("bench"),
        source: Source::File { path, started_unix_ns: 0, recode: None },
        connect_timeout: Duration::from_secs(5),
        frozen_after: Duration::from_secs(5),
        max_rate_hz: None,
    };
    let camera = Camera::open(spec, &ConnectLimit::new(1), Box::new(|_| {})).ok()?;
    let mut seen = 0;
    loop {
        match camera.slot().take(Duration::from_secs(10)) {
            Taken::Frame(_) if seen < 100 => seen += 1,
            Taken::Frame(frame) => return Some(frame.planes.view().to_owned_planes()),
            Taken::TimedOut | Taken::Closed => return None,
        }
    }
}

/// The same samples with U and V in one plane.
fn nv12(i420: &OwnedPlanes) -> OwnedPlanes {
    let view = i420.view();
    let [luma, u, v] = [0, 1, 2].map(|plane| view.plane(plane));
    let uv = u.data.iter().zip(v.data).flat_map(|(&u, &v)| [u, v]).collect();
    let planes = vec![(luma.data.to_vec(), luma.stride), (uv, 2 * u.stride)];
    owned(view.size(), PixelFormat::Nv12, view.range(), planes)
}

/// The same picture at another size, so that both sizes show real content.
fn enlarged(frame: &OwnedPlanes, size: SizePx) -> OwnedPlanes {
    let view = frame.view();
    let source = vision::Picture::from_view(&view);
    let (width, height) = (size.width as usize, size.height as usize);
    let pixel = |x: usize, y: usize| -> [f32; 3] {
        let sx = x * source.size().width as usize / width;
        let sy = y * source.size().height as usize / height;
        let start = 3 * (sy * source.size().width as usize + sx);
        [0, 1, 2].map(|channel| f32::from(source.rgb()[start + channel]))
    };
    let plane = |step: usize, weights: [f32; 4]| -> (Vec<u8>, usize) {
        let (w, h) = (width / step, height / step);
        let sample = |i: usize| {
            let [r, g, b] = pixel(i % w * step, i / w * step);
            (weights[0] * r + weights[1] * g + weights[2] * b + weights[3]) as u8
        };
        ((0..w * h).map(sample).collect(), w)
    };
    // BT.601, full range.
    let planes = vec![
        plane(1, [0.299, 0.587, 0.114, 0.0]),
        plane(2, [-0.169, -0.331, 0.5, 128.0]),
        plane(2, [0.5, -0.419, -0.081, 128.0]),
    ];
    owned(size, PixelFormat::I420, ColourRange::Full, planes)
}

fn owned(
    size: SizePx,
    format: PixelFormat,
    range: ColourRange,
    planes: Vec<(Vec<u8>, usize)>,
) -> OwnedPlanes {
    match OwnedPlanes::new(size, format, ColourMatrix::Bt601, range, planes) {
        Ok(planes) => planes,
        Err(error) => unreachable!("planes of {size} fit: {error}"),
    }
}

criterion_group!(benches, preprocess);
criterion_main!(benches);
