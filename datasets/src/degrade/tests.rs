use vision::{
    ColourMatrix, ColourRange, FrameView, OwnedPlanes, Picture, PixelFormat, Plane, Planes, SizePx,
};

use super::{Degradation, Degrader, Kind};

const SIZE: SizePx = SizePx::new(240, 136);

/// The kinds that draw on chance.
const SEEDED: [Kind; 8] = [
    Kind::Night,
    Kind::Rain,
    Kind::Fog,
    Kind::MotionBlur,
    Kind::Shake,
    Kind::Infrared,
    Kind::InfraredSwitch,
    Kind::Flicker,
];

fn of(kind: Kind, strength: f64) -> Degradation {
    Degradation::new(kind, strength).expect("in range")
}

fn degrader(kind: Kind, strength: f64, seed: u64) -> Degrader {
    Degrader::new(of(kind, strength), seed, "clip", SIZE)
}

/// Red, green and blue of a scene at a place: ground and sky, walls with windows, a disc, stripes.
fn scene(x: usize, y: usize) -> [u8; 3] {
    let (dx, dy) = (x as i64 - 170, y as i64 - 60);
    if dx * dx + dy * dy < 30 * 30 {
        [210, (60 + dy.unsigned_abs()) as u8, 40]
    } else if (20..100).contains(&x) && (30..110).contains(&y) {
        if (x / 20 + y / 30).is_multiple_of(2) { [40, 60, 120] } else { [180, 160, 130] }
    } else if 110 <= y && (x / 3).is_multiple_of(5) {
        [100, 120, 80]
    } else {
        [(60 + y) as u8, (90 + x / 4) as u8, (200 - y) as u8]
    }
}

/// The scene, each row followed by `padding` bytes that are no part of it.
fn frame(size: SizePx, format: PixelFormat, range: ColourRange, padding: usize) -> OwnedPlanes {
    let (width, height) = (size.width as usize, size.height as usize);
    let halves = (width.div_ceil(2), height.div_ceil(2));
    let yuv = |x: usize, y: usize| {
        let [r, g, b] = scene(x, y).map(f64::from);
        let (scale, offset) = if range == ColourRange::Full { (1.0, 0.0) } else { (219.0 / 255.0, 16.0) };
        let luma = 0.299 * r + 0.587 * g + 0.114 * b;
        [offset + scale * luma, 128.0 + 0.5 * (b - luma), 128.0 + 0.5 * (r - luma)].map(|value| value as u8)
    };
    let plane = |(width, height): (usize, usize), sample: &dyn Fn(usize, usize) -> Vec<u8>| {
        let (mut data, mut stride) = (Vec::new(), 0);
        for y in 0..height {
            let start = data.len();
            (0..width).for_each(|x| data.extend(sample(x, y)));
            data.extend((0..padding).map(|i| (i * 77 + y) as u8));
            stride = data.len() - start;
        }
        (data, stride)
    };
    let luma = plane((width, height), &|x, y| vec![yuv(x, y)[0]]);
    let planes = match format {
        PixelFormat::Rgb8 => vec![plane((width, height), &|x, y| scene(x, y).to_vec())],
        PixelFormat::Nv12 => vec![luma, plane(halves, &|x, y| yuv(2 * x, 2 * y)[1..].to_vec())],
        PixelFormat::I420 => vec![
            luma,
            plane(halves, &|x, y| vec![yuv(2 * x, 2 * y)[1]]),
            plane(halves, &|x, y| vec![yuv(2 * x, 2 * y)[2]]),
        ],
    };
    OwnedPlanes::new(size, format, ColourMatrix::Bt601, range, planes).expect("planes fit")
}

fn still(size: SizePx) -> Picture {
    Picture::from_view(&frame(size, PixelFormat::Rgb8, ColourRange::Full, 0).view())
}

fn rgb(planes: &OwnedPlanes) -> Vec<u8> {
    Picture::from_view(&planes.view()).rgb().to_vec()
}

fn psnr_db(a: &[u8], b: &[u8]) -> f64 {
    let squares = a.iter().zip(b).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    10.0 * (255.0 * 255.0 * a.len() as f64 / squares.sum::<f64>()).log10()
}

#[test]
fn nothing_of_any_kind_leaves_everything_as_it_is() {
    let picture = still(SIZE);
    for kind in Kind::ALL {
        let mut degrader = degrader(kind, 0.0, 1);
        for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgb8] {
            let frame = frame(SIZE, format, ColourRange::Limited, 3);
            assert_eq!(rgb(&degrader.frame(7, &frame.view())), rgb(&frame), "{kind} {format:?}");
        }
        assert_eq!(degrader.picture(&picture), picture, "{kind}");
        assert!((0..1000).all(|index| degrader.keeps(index)), "{kind}");
        assert_eq!(degrader.bitrate_kbps(), None, "{kind}");
    }
}

#[test]
fn the_same_seed_gives_the_same_frames_in_any_order() {
    let frame = frame(SIZE, PixelFormat::I420, ColourRange::Limited, 0);
    for kind in Kind::ALL {
        let (mut forth, mut back) = (degrader(kind, 0.5, 1), degrader(kind, 0.5, 1));
        let there: Vec<_> = (0..6).map(|index| rgb(&forth.frame(index, &frame.view()))).collect();
        let kept: Vec<_> = (0..6).map(|index| forth.keeps(index)).collect();
        for index in (0..6).rev() {
            // A picture of another size in between is treated by its own size, and leaves no trace.
            let size = SizePx::new(330, 210);
            let fresh = Degrader::new(of(kind, 0.5), 1, "clip", size).picture(&still(size));
            assert_eq!(back.picture(&still(size)), fresh, "{kind}");
            assert_eq!(rgb(&back.frame(index, &frame.view())), there[index as usize], "{kind} {index}");
            assert_eq!(back.keeps(index), kept[index as usize], "{kind} {index}");
        }
    }
}

#[test]
fn another_seed_or_item_gives_other_frames() {
    let frame = frame(SIZE, PixelFormat::I420, ColourRange::Limited, 0);
    for kind in SEEDED {
        let first = rgb(&degrader(kind, 0.5, 1).frame(3, &frame.view()));
        let other_item = Degrader::new(of(kind, 0.5), 1, "other clip", SIZE).frame(3, &frame.view());
        assert_ne!(first, rgb(&degrader(kind, 0.5, 2).frame(3, &frame.view())), "{kind}");
        assert_ne!(first, rgb(&other_item), "{kind}");
    }
    let lost = |seed, unit: &str| {
        let degrader = Degrader::new(of(Kind::FrameLoss, 0.5), seed, unit, SIZE);
        (0..200).map(|index| degrader.keeps(index)).collect::<Vec<_>>()
    };
    assert!(lost(1, "clip") != lost(2, "clip") && lost(1, "clip") != lost(1, "other clip"));
}

#[test]
fn frames_of_a_clip_differ_where_what_degrades_them_moves() {
    let frame = frame(SIZE, PixelFormat::I420, ColourRange::Limited, 0);
    for (kind, moves) in [
        (Kind::Night, true),
        (Kind::Rain, true),
        (Kind::Shake, true),
        (Kind::Infrared, true),
        (Kind::InfraredSwitch, true),
        (Kind::Flicker, true),
        (Kind::Fog, false),
        (Kind::MotionBlur, false),
        (Kind::Resolution, false),
    ] {
        let mut degrader = degrader(kind, 0.5, 1);
        let differ = rgb(&degrader.frame(3, &frame.view())) != rgb(&degrader.frame(4, &frame.view()));
        assert_eq!(differ, moves, "{kind}");
    }
}

#[test]
fn more_strength_is_a_worse_picture() {
    let mut curves = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|&kind| kind != Kind::FrameLoss) {
        let picture = still(SIZE);
        curves.push((
            kind,
            [0.25, 0.5, 0.75, 1.0]
                .map(|strength| psnr_db(picture.rgb(), degrader(kind, strength, 1).picture(&picture).rgb())),
        ));
        if kind == Kind::LowBitrate {
            continue;
        }
        for format in [PixelFormat::I420, PixelFormat::Nv12] {
            let frame = frame(SIZE, format, ColourRange::Limited, 0);
            curves.push((
                kind,
                [0.25, 0.5, 0.75, 1.0].map(|strength| {
                    psnr_db(&rgb(&frame), &rgb(&degrader(kind, strength, 1).frame(5, &frame.view())))
                }),
            ));
        }
    }
    for (kind, db) in curves {
        assert!(db.windows(2).all(|pair| pair[1] < pair[0]), "{kind}: {db:.1?}");
        // The worst is still a picture, and the least is seen.
        assert!(5.0 < db[3] && db[0] < 45.0, "{kind}: {db:.1?}");
    }
}

#[test]
fn size_format_and_range_stay_whatever_they_are() {
    for kind in Kind::ALL {
        for (width, height) in [(5, 3), (1, 1), (2, 1), (64, 37), (1500, 2)] {
            let size = SizePx::new(width, height);
            let mut degrader = Degrader::new(of(kind, 1.0), 1, "clip", size);
            for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgb8] {
                let frame = frame(size, format, ColourRange::Full, 5);
                let out = degrader.frame(1, &frame.view());
                let (before, after) = (frame.view(), out.view());
                assert_eq!((after.size(), after.format()), (size, format), "{kind}");
                assert_eq!((after.matrix(), after.range()), (before.matrix(), before.range()), "{kind}");
            }
            assert_eq!(degrader.picture(&still(size)).size(), size, "{kind}");
        }
    }
}

#[test]
fn padding_of_rows_does_not_show() {
    for kind in Kind::ALL {
        for format in [PixelFormat::I420, PixelFormat::Nv12, PixelFormat::Rgb8] {
            let [plain, padded] = [0, 29].map(|padding| {
                let frame = frame(SizePx::new(61, 35), format, ColourRange::Limited, padding);
                rgb(&degrader(kind, 0.8, 1).frame(2, &frame.view()))
            });
            assert_eq!(plain, padded, "{kind} {format:?}");
        }
    }
}

#[test]
fn both_layouts_of_luma_and_chroma_look_alike() {
    for kind in Kind::ALL {
        let [planar, paired] = [PixelFormat::I420, PixelFormat::Nv12].map(|format| {
            rgb(&degrader(kind, 0.5, 1).frame(2, &frame(SIZE, format, ColourRange::Limited, 0).view()))
        });
        // Their chroma noise is drawn in another order.
        let alike = psnr_db(&planar, &paired);
        assert!(if kind == Kind::Night { 28.0 < alike } else { alike.is_infinite() }, "{kind}: {alike}");
    }
}

#[test]
fn each_kind_does_what_its_name_says() {
    let grey_of = |kind, y: u8| {
        let data = [vec![y; 4096], vec![90; 1024], vec![150; 1024]];
        let planes =
            [(&data[0], 64), (&data[1], 32), (&data[2], 32)].map(|(data, stride)| Plane { data, stride });
        let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Full);
        let size = SizePx::new(64, 64);
        let view = FrameView::new(size, PixelFormat::I420, matrix, range, &planes).expect("fits");
        let pixels = rgb(&degrader(kind, 0.8, 1).frame(0, &view));
        let mean = |rows: std::ops::Range<usize>, channel: usize| {
            let values = pixels[192 * rows.start..192 * rows.end].iter().skip(channel).step_by(3);
            values.map(|&value| f64::from(value)).sum::<f64>() / (64 * rows.len()) as f64
        };
        let colour = (mean(0..64, 0) - mean(0..64, 2)).abs();
        (mean(0..64, 1), colour, mean(0..8, 1), mean(56..64, 1))
    };
    let before = grey_of(Kind::FrameLoss, 120);
    let (mean, colour, ..) = grey_of(Kind::Night, 120);
    assert!(mean < 0.6 * before.0 && colour < 0.6 * before.1, "night {mean} {colour}");
    let (_, colour, top, bottom) = grey_of(Kind::Fog, 40);
    assert!(bottom + 40.0 < top && colour < 0.8 * before.1, "fog {top} {bottom} {colour}");
    assert!(before.0 < grey_of(Kind::Rain, 120).0, "rain is brighter than what is behind it");
    let (_, colour, corner, _) = grey_of(Kind::Infrared, 120);
    assert!(colour < 0.5 && corner < grey_of(Kind::Infrared, 120).0, "ir {colour}");
}

#[test]
fn a_camera_between_day_and_infrared_switches_and_is_too_bright_for_a_moment() {
    let frame = frame(SIZE, PixelFormat::I420, ColourRange::Limited, 0);
    let mut degrader = degrader(Kind::InfraredSwitch, 0.5, 1);
    let mut look = |index| {
        let pixels = rgb(&degrader.frame(index, &frame.view()));
        let colour = pixels.chunks(3).map(|rgb| u64::from(rgb[0].abs_diff(rgb[2]))).sum::<u64>();
        let light = pixels.iter().map(|&value| u64::from(value)).sum::<u64>();
        (colour, light)
    };
    let (infrared, switched, day, back) = (look(99), look(100), look(199), look(200));
    assert!(infrared.0 == 0 && back.0 == 0 && 0 < day.0, "{infrared:?} {day:?} {back:?}");
    assert!(day.1 < switched.1 && infrared.1 < back.1, "{day:?} {switched:?} {infrared:?} {back:?}");
    assert_eq!(look(150), day, "by day it is the scene itself");
}

/// Sums (FNV-1a, 64 bits) of the scene's still at strength 0.5, which no machine may give otherwise. JPEG is not ours.
#[test]
fn pictures_are_the_same_on_every_machine() {
    let sums = SEEDED.into_iter().chain([Kind::Resolution]).map(|kind| {
        let picture = degrader(kind, 0.5, 1).picture(&still(SIZE));
        let fold = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        (kind.name(), picture.rgb().iter().fold(0xcbf2_9ce4_8422_2325, fold))
    });
    let known = [
        ("night", 3370912796046980571),
        ("rain", 569700392492336282),
        ("fog", 2398903337309694283),
        ("motion-blur", 9653738209962331646),
        ("shake", 3806557623327910278),
        ("ir", 15309779772168296680),
        ("ir-switch", 12076263497676677837),
        ("flicker", 13811874715719570189),
        ("resolution", 14096435886467957474),
    ];
    assert_eq!(sums.collect::<Vec<_>>(), known);
}
