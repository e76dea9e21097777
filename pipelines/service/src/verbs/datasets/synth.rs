//! `cairn datasets synth`: data that nobody had to record.

mod texts;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use datasets::synth::{
    Backgrounds, CROP_HEIGHT, CROP_WIDTH, Chance, Country, Faces, Mixture, ReaderSample, SceneSample,
    SetHeader, SetWriter, SynthError, SynthSettings, TrackSets,
};

use self::texts::Texts;

/// Names the kind and version of a set.
const SCHEMA: &str = "cairn.synthetic-plates/2";

#[derive(Debug, clap::Subcommand)]
pub(crate) enum SynthCommand {
    /// Number plates as cameras may see them, with ground truth (docs/synthetic-plates.md).
    Plates(PlatesArgs),
}

/// What the pictures are to train.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Purpose {
    /// A reader: one plate a picture, and the plate rectified.
    Reader,
    /// A locator: plates on vehicles or backgrounds, with their corners.
    Locator,
}

/// Whose plates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum CountryArg {
    Vn,
    Cn,
    Br,
    /// Europe's, in Latin letters.
    Eu,
}

#[derive(Debug, clap::Args)]
pub(crate) struct PlatesArgs {
    /// Whose plates, in equal parts; a code that is given twice counts twice.
    #[arg(long, value_name = "CODES", value_delimiter = ',', default_value = "vn,cn")]
    country: Vec<CountryArg>,
    /// Pictures to make.
    #[arg(long, value_name = "N", required_unless_present = "tracks")]
    count: Option<u64>,
    /// Make the tracks that this file names in place of single pictures: several looks at each plate.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["count", "first", "seed", "country", "spoil", "no_plate", "corner_error", "upright", "backgrounds"])]
    tracks: Option<PathBuf>,
    /// Number of the first picture: parts of a set can be made side by side.
    #[arg(long, value_name = "N", default_value_t = 0)]
    first: u64,
    /// The same seed gives the same bytes.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Folder to write to, in which no set may be yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What the pictures are to train.
    #[arg(long = "for", value_enum, value_name = "WHAT", default_value = "reader")]
    purpose: Purpose,
    /// Pictures to paste plates on, for a locator, and to cut crops without a plate from, for a reader; without them,
    /// made-up bodywork.
    #[arg(long, value_name = "DIR")]
    backgrounds: Option<PathBuf>,
    /// Scales how often something spoils a picture, from 0, clean, to 1.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0)]
    spoil: f64,
    /// Share of a reader's crops that hold no plate.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0)]
    no_plate: f64,
    /// Scales how far a reader's corners are off, from 0, the true ones.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    corner_error: f64,
    /// Share of a reader's crops that are cut by an upright box around the plate rather than by its corners.
    #[arg(long, value_name = "SHARE", default_value_t = 0.15)]
    upright: f64,
    /// Leave a reader's pictures out: crops, labels and index alone.
    #[arg(long)]
    crops_only: bool,
    /// Letter plates with this face alone; may be given several times. All faces, unless told otherwise.
    #[arg(long, value_name = "ID")]
    face: Vec<String>,
    /// Where the system keeps its fonts.
    #[arg(long, value_name = "DIR", default_value = "/usr/share/fonts")]
    fonts: PathBuf,
}

/// Exit code 0 when done, [`crate::EXIT_USAGE`] for arguments that cannot be used.
pub(super) fn run(SynthCommand::Plates(args): &SynthCommand) -> anyhow::Result<ExitCode> {
    if let Some(problem) = problem(args) {
        eprintln!("cairn: {problem}");
        return Ok(ExitCode::from(crate::EXIT_USAGE));
    }
    let faces = match Faces::load(&args.fonts, (!args.face.is_empty()).then_some(args.face.as_slice())) {
        Err(error @ (SynthError::UnknownFace { .. } | SynthError::NoLatinFace)) => {
            eprintln!("cairn: {error}");
            return Ok(ExitCode::from(crate::EXIT_USAGE));
        }
        other => other?,
    };
    let begun = Instant::now();
    let count = match &args.tracks {
        Some(file) => tracks(args, file, &faces)?,
        None => plates(args, args.count.unwrap_or_default(), &faces)?,
    };
    let seconds = begun.elapsed().as_secs_f64();
    let per_second = count as f64 / seconds.max(1e-9);
    println!("{count} pictures are in {} ({seconds:.1} s, {per_second:.0} a second)", args.out.display());
    Ok(ExitCode::SUCCESS)
}

/// What is wrong with the arguments.
fn problem(args: &PlatesArgs) -> Option<String> {
    if !(0.0..=1.0).contains(&args.spoil) {
        return Some(format!("`--spoil` is {}, expected a number from 0 to 1", args.spoil));
    }
    for (option, share) in [("--no-plate", args.no_plate), ("--upright", args.upright)] {
        if !(0.0..=1.0).contains(&share) {
            return Some(format!("`{option}` is {share}, expected a number from 0 to 1"));
        }
    }
    if !(0.0..=4.0).contains(&args.corner_error) {
        return Some(format!("`--corner-error` is {}, expected a number from 0 to 4", args.corner_error));
    }
    if args.crops_only && args.purpose == Purpose::Locator {
        return Some("`--crops-only` is for `--for reader` alone".to_owned());
    }
    let count = args.count.unwrap_or_default();
    if args.first.checked_add(count).is_none() {
        return Some(format!("`--first` {} and `--count` {count} are too large together", args.first));
    }
    if args.tracks.is_some() && args.purpose == Purpose::Locator {
        return Some("`--tracks` is for `--for reader` alone".to_owned());
    }
    if args.purpose == Purpose::Reader && args.backgrounds.is_some() && args.no_plate == 0.0 {
        return Some("`--backgrounds` is for `--for locator` and for crops of `--no-plate`".to_owned());
    }
    None
}

/// Makes single pictures and gives their number.
fn plates(args: &PlatesArgs, count: u64, faces: &Faces) -> anyhow::Result<u64> {
    let countries: Vec<Country> = args.country.iter().map(|country| country.country()).collect();
    if countries.is_empty() {
        bail!("`--country` names nobody, expected some of `vn`, `cn`, `br` and `eu`");
    }
    let settings = SynthSettings {
        seed: args.seed,
        mixture: Mixture::documented(args.spoil),
        corner_error: args.corner_error,
        upright: args.upright,
    };
    let backgrounds = args.backgrounds.as_deref().map(Backgrounds::open).transpose()?;
    let header = SetHeader {
        schema: SCHEMA,
        purpose: match args.purpose {
            Purpose::Reader => "reader",
            Purpose::Locator => "locator",
        },
        countries: countries.iter().map(|country| country.code()).collect(),
        first: args.first,
        count,
        seed: args.seed,
        spoil: Some(args.spoil),
        corner_error: Some(args.corner_error),
        upright: Some(args.upright),
        no_plate: args.no_plate,
        crops_only: args.crops_only,
        faces: faces.ids(),
        tracks: None,
        crop: (args.purpose == Purpose::Reader).then_some([CROP_WIDTH, CROP_HEIGHT]),
    };
    let mut set = SetWriter::create(&args.out, &header)?;
    let texts = Texts::new(plates::grammar::all(), &countries);
    for index in args.first..args.first + count {
        let mut chance = Chance::new(args.seed, index);
        match args.purpose {
            Purpose::Reader => {
                let text = texts.draw(&mut chance)?;
                let (backgrounds, chance) = (backgrounds.as_ref(), &mut chance);
                set.add_crop(&if chance.happens(args.no_plate) {
                    ReaderSample::draw_no_plate(index, &text, faces, backgrounds, settings, chance)?
                } else {
                    ReaderSample::draw(index, &text, faces, settings, chance)?
                })?;
            }
            Purpose::Locator => {
                let backgrounds = backgrounds.as_ref();
                let mut text = |chance: &mut Chance| texts.draw(chance);
                let scene = SceneSample::draw(index, &mut text, faces, backgrounds, settings, &mut chance)?;
                set.add_scene(&scene)?;
            }
        }
    }
    set.finish()?;
    Ok(count)
}

/// Makes the tracks of `file` and gives the number of looks.
fn tracks(args: &PlatesArgs, file: &Path, faces: &Faces) -> anyhow::Result<u64> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("could not read `{name}`"))?;
    let sets = TrackSets::parse(&name, &text)?;
    let countries = sets.countries();
    let count = sets.looks();
    let header = SetHeader {
        schema: SCHEMA,
        purpose: "tracks",
        countries: countries.iter().map(|country| country.code()).collect(),
        first: 0,
        count,
        seed: sets.seed,
        spoil: None,
        corner_error: None,
        upright: None,
        no_plate: 0.0,
        crops_only: args.crops_only,
        faces: faces.ids(),
        tracks: Some(sets.clone()),
        crop: Some([CROP_WIDTH, CROP_HEIGHT]),
    };
    let mut out = SetWriter::create(&args.out, &header)?;
    let texts = Texts::new(plates::grammar::all(), &countries);
    let mut index = 0;
    for (place, set) in sets.sets.iter().enumerate() {
        for track in 0..set.tracks {
            let mut chance = sets.chance(place, track);
            let text = |chance: &mut Chance| texts.draw(chance);
            for sample in set.draw(index, track, text, faces, sets.seed, &mut chance)? {
                out.add_crop(&sample)?;
                index += 1;
            }
        }
    }
    out.finish()?;
    Ok(count)
}

impl CountryArg {
    fn country(self) -> Country {
        match self {
            Self::Vn => Country::Vietnam,
            Self::Cn => Country::China,
            Self::Br => Country::Brazil,
            Self::Eu => Country::Europe,
        }
    }
}
