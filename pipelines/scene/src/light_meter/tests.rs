use vision::{ColourMatrix, OwnedPlanes, Planes as _, SizePx};

use super::*;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A frame of one colour in limited range.
fn plain(size: SizePx, format: PixelFormat, y: u8, u: u8, v: u8) -> OwnedPlanes {
    let (w, h) = (size.width as usize, size.height as usize);
    let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
    let planes = match format {
        PixelFormat::I420 => {
            vec![(vec![y; w * h], w), (vec![u; half_w * half_h], half_w), (vec![v; half_w * half_h], half_w)]
        }
        PixelFormat::Nv12 => vec![(vec![y; w * h], w), ([u, v].repeat(half_w * half_h), 2 * half_w)],
        PixelFormat::Rgb8 => vec![([y, u, v].repeat(w * h), 3 * w)],
    };
    OwnedPlanes::new(size, format, ColourMatrix::Bt601, ColourRange::Limited, planes).expect("fits")
}

const SIZE: SizePx = SizePx::new(641, 359);

fn day() -> OwnedPlanes {
    plain(SIZE, PixelFormat::I420, 130, 118, 138)
}

fn night() -> OwnedPlanes {
    plain(SIZE, PixelFormat::I420, 40, 124, 134)
}

fn infrared() -> OwnedPlanes {
    plain(SIZE, PixelFormat::I420, 110, 128, 128)
}

#[test]
fn levels_are_those_of_the_full_range_in_every_format() {
    for format in [PixelFormat::I420, PixelFormat::Nv12] {
        let mut meter = LightMeter::default();
        meter.update(ms(0), &plain(SIZE, format, 235, 128, 240).view());
        assert!((meter.luma() - 255.0).abs() < 1e-3, "{} {}", format.name(), meter.luma());
        assert!((meter.saturation() - 127.5).abs() < 1e-3, "{} {}", format.name(), meter.saturation());
    }
    let mut meter = LightMeter::default();
    // Pure red has the most chroma on its axis: 127.5 of V, and 255 × 0.299 / 0.886 / 2 of U.
    meter.update(ms(0), &plain(SIZE, PixelFormat::Rgb8, 255, 0, 0).view());
    assert!((meter.luma() - 76.2).abs() < 0.1 && (meter.saturation() - 134.6).abs() < 0.1);
    meter.update(ms(0), &plain(SIZE, PixelFormat::Rgb8, 90, 90, 90).view());
    assert!((meter.luma() - 90.0).abs() < 1e-2 && meter.saturation() < 1e-3);
}

#[test]
fn the_mean_is_of_the_whole_picture_at_any_size() {
    for size in [SizePx::new(1920, 1080), SizePx::new(320, 180), SizePx::new(16, 8), SizePx::new(1, 1)] {
        let (w, h) = (size.width as usize, size.height as usize);
        let mut planes = plain(size, PixelFormat::I420, 16, 128, 128);
        if 1 < w {
            // The right half white.
            let luma = (0..w * h).map(|i| if w / 2 <= i % w { 235 } else { 16 }).collect();
            let chroma = vec![128; w.div_ceil(2) * h.div_ceil(2)];
            let planes_of = vec![(luma, w), (chroma.clone(), w.div_ceil(2)), (chroma, w.div_ceil(2))];
            let (matrix, range) = (ColourMatrix::Bt601, ColourRange::Limited);
            planes = OwnedPlanes::new(size, PixelFormat::I420, matrix, range, planes_of).expect("fits");
        }
        let mut meter = LightMeter::default();
        meter.update(ms(0), &planes.view());
        let expected = if 1 < w { 127.5 } else { 0.0 };
        assert!((meter.luma() - expected).abs() < 1e-2, "{size:?}: {}", meter.luma());
    }
}

#[test]
fn day_night_and_infrared_are_told_apart() {
    for (frame, light) in [(day(), Light::Day), (night(), Light::Night), (infrared(), Light::Infrared)] {
        assert_eq!(LightMeter::default().update(ms(0), &frame.view()), light);
    }
}

#[test]
fn a_light_between_the_bounds_stays_what_it_was() {
    // Luma 60 is between 50 and 70, saturation 3 between 2 and 4.
    let dusk = plain(SIZE, PixelFormat::I420, 68, 124, 134);
    let dull = plain(SIZE, PixelFormat::I420, 130, 128, 131);
    let after = |first: &OwnedPlanes, then: &OwnedPlanes| {
        let mut meter = LightMeter::default();
        meter.update(ms(0), &first.view());
        for frame in 1..50 {
            meter.update(ms(100 * frame), &then.view());
        }
        (meter.light(), meter.is_settled())
    };
    assert_eq!(after(&day(), &dusk), (Some(Light::Day), true));
    assert_eq!(after(&night(), &dusk), (Some(Light::Night), true));
    assert_eq!(after(&infrared(), &dull), (Some(Light::Infrared), true));
    assert_eq!(after(&day(), &dull), (Some(Light::Day), true));
}

#[test]
fn a_change_takes_hold_and_the_picture_settles_after_it() {
    let mut meter = LightMeter::default();
    let mut see = |at: u64, frame: &OwnedPlanes| {
        let light = meter.update(ms(at), &frame.view());
        (light, meter.is_settled())
    };
    assert_eq!(see(0, &day()), (Light::Day, false), "the start");
    assert_eq!(see(2900, &day()), (Light::Day, false));
    assert_eq!(see(3000, &day()), (Light::Day, true));
    assert_eq!(
        see(3100, &infrared()),
        (Light::Day, false),
        "unsettled with the first frame of another light"
    );
    assert_eq!(see(4000, &infrared()), (Light::Day, false));
    assert_eq!(see(4100, &infrared()), (Light::Infrared, false));
    assert_eq!(see(7000, &infrared()), (Light::Infrared, false));
    assert_eq!(see(7100, &infrared()), (Light::Infrared, true));
}

#[test]
fn a_flash_is_no_day() {
    let mut meter = LightMeter::default();
    for frame in 0..100 {
        let is_flash = (50..55).contains(&frame);
        let light = meter.update(ms(100 * frame), &if is_flash { day() } else { night() }.view());
        assert_eq!(light, Light::Night, "frame {frame}");
        assert_eq!(meter.is_settled(), (30..50).contains(&frame) || 84 <= frame, "frame {frame}");
    }
}

#[test]
fn a_clock_set_back_leaves_it_unsettled_for_no_longer_than_a_start() {
    let mut meter = LightMeter::default();
    assert!(!meter.is_settled() && meter.light().is_none());
    for at in [3_600_000, 3_604_000, 0] {
        meter.update(ms(at), &day().view());
    }
    assert!(!meter.is_settled());
    meter.update(ms(3000), &day().view());
    assert!(meter.is_settled());
}
