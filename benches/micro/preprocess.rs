//! A decoded frame into a model's input tensor: I420 planes → letterboxed CHW `f32`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use capture::{Camera, CameraSpec, ConnectLimit, Source, Taken};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use vision::{
    ChannelOrder, InputSpec, Letterbox, OwnedPlanes, PadSide, PixelFormat, Planes, SizePx, TensorWriter,
};

const SPEC: InputSpec = InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };

fn preprocess(c: &mut Criterion) {
    let Some(frame) = real_frame() else { return };
    let wide = enlarged(&frame, SizePx::new(1920, 1080));
    let mut group = c.benchmark_group("i420_to_chw_f32");
    for frame in [&frame, &wide] {
        let view = frame.view();
        group.throughput(Throughput::Elements(view.size().area_px()));
        let input = SizePx::new(416, 416);
        group.bench_with_input(BenchmarkId::new("416x416", view.size()), &view, |b, view| {
            let Some(letterbox) = Letterbox::fit(view.size(), input, PadSide::BottomRight) else { return };
            let mut writer = TensorWriter::new(letterbox, SPEC, view.format());
            let mut tensor = vec![0.0; 3 * input.area_px() as usize];
            b.iter(|| writer.write(black_box(view), black_box(&mut tensor)));
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
    let made = OwnedPlanes::new(size, PixelFormat::I420, view.matrix(), vision::ColourRange::Full, planes);
    match made {
        Ok(planes) => planes,
        Err(error) => unreachable!("planes of {size} fit: {error}"),
    }
}

criterion_group!(benches, preprocess);
criterion_main!(benches);
