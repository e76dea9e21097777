//! Runs `reference.py` and reads what it made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use vision::{ColourMatrix, ColourRange, FramePoint, OwnedPlanes, Picture, PixelFormat, SizePx};

/// One frame at one input size.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) planes: OwnedPlanes,
    pub(crate) input: SizePx,
    /// `[3, height, width]`, blue first.
    pub(crate) expected: Vec<u8>,
}

/// One warp of one picture.
pub(crate) struct Warp {
    pub(crate) name: String,
    pub(crate) picture: Picture,
    pub(crate) crop: SizePx,
    /// R, G, B triples.
    pub(crate) expected: Vec<u8>,
    /// Four corners or five landmarks.
    pub(crate) points: Vec<FramePoint>,
}

/// All cases.
pub(crate) struct Answers {
    pub(crate) tensors: Vec<Case>,
    pub(crate) warps: Vec<Warp>,
}

/// What OpenCV makes of the frames; `None` means: it or the recordings are not there, return from `test`.
///
/// # Panics
/// When the script fails; when something is not there and `CI` is `true`.
pub(crate) fn ask(test: &str) -> Option<Answers> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.cairn");
    let python =
        std::env::var_os("CAIRN_ORACLES").map_or_else(|| home.join("oracles/bin/python"), PathBuf::from);
    let clips =
        ["people_one_by_one/one-by-one-person-detection.mp4", "vehicle_junction/junction_640x360.mp4"]
            .map(|clip| home.join("footage").join(clip));
    for (needed, made_by) in [(&python, "--tests"), (&clips[0], "--models"), (&clips[1], "--models")] {
        if !needed.exists() {
            let needs = format!("{test}: needs {}: run scripts/setup.sh {made_by}", needed.display());
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{needs}");
            eprintln!("SKIPPED: {needs}");
            return None;
        }
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&folder).expect("a folder of its own");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/opencv/reference.py");
    let output = Command::new(python).arg(script).arg(&folder).args(&clips).output().expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    let answers = read(&folder, &lines);
    fs::remove_dir_all(&folder).expect("nobody else's");
    Some(answers)
}

fn read(folder: &Path, lines: &str) -> Answers {
    let mut answers = Answers { tensors: Vec::new(), warps: Vec::new() };
    for line in lines.lines() {
        let mut fields = Fields { folder, rest: line.split(' ') };
        match fields.text() {
            "tensor" => answers.tensors.push(fields.case()),
            "warp" => answers.warps.push(fields.warp()),
            other => panic!("unknown kind of case `{other}`"),
        }
    }
    answers
}

/// What is left of a line.
struct Fields<'a> {
    folder: &'a Path,
    rest: std::str::Split<'a, char>,
}

impl<'a> Fields<'a> {
    fn text(&mut self) -> &'a str {
        self.rest.next().expect("another field")
    }

    fn size(&mut self) -> SizePx {
        let mut side = || u32::from_str(self.text()).expect("a number of pixels");
        SizePx::new(side(), side())
    }

    fn file(&mut self) -> Vec<u8> {
        fs::read(self.folder.join(self.text())).expect("the script wrote it")
    }

    fn case(mut self) -> Case {
        let name = self.text().to_owned();
        let format = match self.text() {
            "i420" => PixelFormat::I420,
            "nv12" => PixelFormat::Nv12,
            other => panic!("unknown format `{other}`"),
        };
        let range = match self.text() {
            "limited" => ColourRange::Limited,
            "full" => ColourRange::Full,
            other => panic!("unknown range `{other}`"),
        };
        let (size, input) = (self.size(), self.size());
        let planes = planes(format, range, size, &self.file());
        Case { name, planes, input, expected: self.file() }
    }

    fn warp(mut self) -> Warp {
        let name = self.text().to_owned();
        let (size, crop) = (self.size(), self.size());
        let picture = Picture::new(size, self.file()).expect("fits");
        let expected = self.file();
        let numbers: Vec<f32> = self.rest.map(|number| number.parse().expect("a number")).collect();
        let points = numbers.as_chunks::<2>().0.iter().map(|&[x, y]| FramePoint { x, y }).collect();
        Warp { name, picture, crop, expected, points }
    }
}

/// `bytes` as planes one behind the other, made with BT.601; both sides are even.
fn planes(format: PixelFormat, range: ColourRange, size: SizePx, bytes: &[u8]) -> OwnedPlanes {
    let (width, luma) = (size.width as usize, size.area_px() as usize);
    let chroma_strides = match format {
        PixelFormat::I420 => vec![width / 2, width / 2],
        PixelFormat::Nv12 => vec![width],
        PixelFormat::Rgb8 => panic!("not a format of planes"),
    };
    let (first, rest) = bytes.split_at(luma);
    let chroma = rest.chunks_exact(rest.len() / chroma_strides.len());
    let chroma = chroma.zip(&chroma_strides).map(|(plane, &stride)| (plane.to_vec(), stride));
    let planes = std::iter::once((first.to_vec(), width)).chain(chroma).collect();
    OwnedPlanes::new(size, format, ColourMatrix::Bt601, range, planes).expect("fits")
}
