//! Tensors and warps beside OpenCV's (`reference.py`), on frames of two recordings and on generated ones.
//!
//! OpenCV's way to a tensor converts the whole frame to 8-bit BGR, each chroma sample taken for four pixels, and resizes
//! that in steps of its own fixed point, rounded to whole levels; ours resizes Y, U and V and converts once, rounding
//! nothing. So three things differ:
//!
//! * **Rounding**, on any picture: half a level at the conversion and at the resize each, and a little of our 8-bit
//!   weights against 11 bits. Grey frames show nothing else.
//! * **Chroma between its samples**: we interpolate, OpenCV repeats. It is seen where colours change, most of all along
//!   edges between saturated ones, where a repeated sample stands for a pixel that lies as near to the next.
//! * **Clamping**: colours that leave the cube of RGB are cut before OpenCV resizes, and after we did.
//!
//! Sampling half a pixel off fails on every case; BT.709 for BT.601, or one range for the other, on most of each kind
//! that has colours. `cargo test --release -p vision --test opencv -- --nocapture` prints what is measured.

#![expect(clippy::expect_used, reason = "a test that cannot go on ends there")]

mod reference;

use reference::{Case, Warp};
use vision::{
    ChannelOrder, CropPoint, FrameFromCrop, InputSpec, Letterbox, PadSide, Picture, Planes, TensorWriter,
};

const SPEC: InputSpec = InputSpec { order: ChannelOrder::Bgr, mean: [0.0; 3], scale: [1.0; 3], fill: 114.0 };

/// Most that samples may differ, in levels of 255.
#[derive(Clone, Copy)]
struct Tolerance {
    max: f32,
    mean: f32,
}

/// Kinds of frames by the start of their names.
const TENSORS: [(&str, Tolerance); 5] = [
    ("grey", Tolerance { max: 1.5, mean: 0.32 }),
    ("real", Tolerance { max: 15.0, mean: 0.4 }),
    ("smooth", Tolerance { max: 3.0, mean: 0.4 }),
    ("odd", Tolerance { max: 3.0, mean: 0.4 }),
    ("edges", Tolerance { max: 140.0, mean: 1.2 }),
];

/// Both round to whole levels once; what falls near a half goes either way.
const WARPS: Tolerance = Tolerance { max: 1.0, mean: 0.02 };

#[test]
fn tensors_agree_with_conversion_resize_and_letterbox() {
    let Some(answers) = reference::ask("tensors_agree_with_conversion_resize_and_letterbox") else { return };
    let mut apart = Vec::new();
    for (kind, tolerance) in TENSORS {
        let cases: Vec<&Case> = answers.tensors.iter().filter(|case| case.name.starts_with(kind)).collect();
        assert!(!cases.is_empty(), "no frames of kind {kind}");
        let seen = cases.iter().map(|case| (case.name.as_str(), difference(&tensor(case), &case.expected)));
        apart.extend(beyond(kind, tolerance, seen));
    }
    assert!(apart.is_empty(), "{}", apart.join("\n"));
}

#[test]
fn warps_agree_with_opencvs() {
    let Some(answers) = reference::ask("warps_agree_with_opencvs") else { return };
    assert!(!answers.warps.is_empty());
    let seen = answers.warps.iter().map(|warp| {
        let samples: Vec<f32> = warped(warp).rgb().iter().copied().map(f32::from).collect();
        (warp.name.as_str(), difference(&samples, &warp.expected))
    });
    let apart = beyond("warp", WARPS, seen);
    assert!(apart.is_empty(), "{}", apart.join("\n"));
}

fn tensor(case: &Case) -> Vec<f32> {
    let view = case.planes.view();
    let letterbox = Letterbox::fit(view.size(), case.input, PadSide::BottomRight).expect("not empty");
    let mut tensor = vec![f32::NAN; case.expected.len()];
    TensorWriter::new(letterbox, SPEC, view.format()).write(&view, &mut tensor);
    tensor
}

fn warped(warp: &Warp) -> Picture {
    let map = match *warp.points.as_slice() {
        [a, b, c, d] => FrameFromCrop::of_corners(&[a, b, c, d], warp.crop),
        [a, b, c, d, e] => FrameFromCrop::aligning(&template(), &[a, b, c, d, e]),
        _ => panic!("{} has {} points", warp.name, warp.points.len()),
    };
    Picture::warped(&warp.picture.view(), &map.expect("sound points"), warp.crop).expect("not empty")
}

/// Eyes, nose and corners of the mouth in an aligned face of 112 x 112, as `reference.py` has them; there they count
/// from the centre of the first pixel.
fn template() -> [CropPoint; 5] {
    let from_centre =
        [(38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)];
    from_centre.map(|(x, y)| CropPoint { x: x + 0.5, y: y + 0.5 })
}

/// Largest and mean absolute difference.
fn difference(ours: &[f32], theirs: &[u8]) -> Tolerance {
    assert_eq!(ours.len(), theirs.len());
    let apart = || ours.iter().zip(theirs).map(|(&ours, &theirs)| (ours - f32::from(theirs)).abs());
    // A sample that is not a number is as far off as can be.
    let max = apart().fold(0.0, |max: f32, d| if d <= max { max } else { d });
    let sum: f64 = apart().map(f64::from).sum();
    Tolerance { max, mean: (sum / ours.len() as f64) as f32 }
}

/// A line for each case that is not within `tolerance`; prints the largest of each kind.
fn beyond<'a>(
    kind: &str,
    tolerance: Tolerance,
    seen: impl Iterator<Item = (&'a str, Tolerance)>,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut largest = Tolerance { max: 0.0, mean: 0.0 };
    for (name, Tolerance { max, mean }) in seen {
        largest = Tolerance { max: largest.max.max(max), mean: largest.mean.max(mean) };
        let is_within = max <= tolerance.max && mean <= tolerance.mean;
        if !is_within {
            lines.push(format!("{name}: at most {max:.2}, {mean:.3} in the mean"));
        }
    }
    println!("{kind}: at most {:.2} levels, {:.3} in the mean", largest.max, largest.mean);
    lines
}
