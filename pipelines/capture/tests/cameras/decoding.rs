//! Clips decoded and coded on their own.

use std::path::Path;
use std::time::Duration;

use capture::{CaptureError, Codec, Recoding, decode_all, recode_clip};
use vision::SizePx;

use crate::support::one_by_one;

#[test]
fn a_clip_is_decoded_to_its_end_or_to_its_limit() {
    let Some(clip) = one_by_one("a_clip_is_decoded_to_its_end_or_to_its_limit") else { return };
    let cut = decode_all(&clip, Some(25)).expect("plays");
    assert_eq!((cut.frames, cut.size, cut.decoder.as_str()), (25, SizePx::new(768, 432), "avdec_h264"));
    assert!(Duration::from_secs(2) < cut.span && cut.span < Duration::from_secs(3), "{:?}", cut.span);
    assert_eq!(decode_all(&clip, None).expect("plays").frames, 1394);
}

#[test]
fn what_is_no_clip_is_named() {
    for file in ["/no/such/clip.mp4", file!()] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let error = decode_all(&path, None).expect_err("no clip");
        assert!(matches!(&error, CaptureError::Clip { file, .. } if *file == path), "{error}");
    }
}

#[test]
fn a_clip_can_be_made_into_another_codec_and_size() {
    let Some(clip) = one_by_one("a_clip_can_be_made_into_another_codec_and_size") else { return };
    let folder = tempfile::tempdir().expect("folder");
    let size = SizePx::new(640, 360);
    for codec in Codec::ALL {
        let to = folder.path().join(codec.name());
        match recode_clip(&clip, &to, &Recoding { codec, size, kbps: 1000, frames: 20 }) {
            Ok(_) => {
                let decoded = decode_all(&to, None).expect("plays");
                assert_eq!((decoded.size, decoded.frames), (size, 20), "{codec:?}");
            }
            Err(CaptureError::NoEncoder { codec, .. }) => eprintln!("SKIPPED: no encoder of {codec}"),
            Err(error) => panic!("{codec:?}: {error}"),
        }
    }
}
