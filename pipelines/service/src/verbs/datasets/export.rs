//! `cairn datasets export`: what people said of a box's alarms, as ground truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use anyhow::{Context as _, bail};
use datasets::feedback::{Considered, EVENTS, Earlier, Feedback, VERDICTS, Verdict, to_lines, true_events};
use datasets::score::events::{ClauseValue, Relation};
use delivery::EvidenceStore;
use edge_config::{Config, ConfigError, Source, Strictness};
use prost::Message as _;
use proto::v1 as pb;

use crate::verbs::check;

const S: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * S;
const PICTURES: &str = "pictures";

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The box's configuration; the box may be running.
    config: PathBuf,
    /// Folder to write to, which may not exist yet.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Exit code 0 when done, [`crate::EXIT_USAGE`] for a configuration that cannot be used.
pub(super) fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let config = match check::read(&args.config, Strictness::Lenient) {
        Ok(checked) => checked.config,
        Err(error @ ConfigError::Unreadable { .. }) => {
            eprintln!("cairn: {:#}", anyhow::Error::from(error));
            return Ok(ExitCode::from(crate::EXIT_USAGE));
        }
        Err(ConfigError::Refused(problems)) => {
            eprintln!("{problems}");
            return Ok(ExitCode::from(crate::EXIT_USAGE));
        }
    };
    let data_dir = &config.identity.data_dir;
    let evidence = EvidenceStore::attach(data_dir);
    let pictures = args.out.join(PICTURES);
    std::fs::create_dir_all(&pictures)
        .with_context(|| format!("could not create `{}`", pictures.display()))?;
    let mut feedback = Vec::new();
    for verdicts in by_author(delivery::read_verdicts(data_dir)?) {
        feedback.push(one(&config, &verdicts, &evidence, &args.out)?);
    }
    write(&args.out.join(VERDICTS), &to_lines(&feedback)?)?;
    write(&args.out.join(EVENTS), &true_events(&feedback))?;
    println!("{} verdicts are in {}", feedback.len(), args.out.display());
    Ok(ExitCode::SUCCESS)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(file, text).with_context(|| format!("could not write `{}`", file.display()))
}

/// What each author said of each subject, the one that holds last; in the order in which the subjects came.
fn by_author(verdicts: Vec<delivery::Verdict>) -> Vec<Vec<delivery::Verdict>> {
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut all: Vec<Vec<delivery::Verdict>> = Vec::new();
    for verdict in verdicts {
        let key = (verdict.subject.clone(), verdict.author.clone());
        let place = *places.entry(key).or_insert(all.len());
        match all.get_mut(place) {
            Some(of_author) => of_author.push(verdict),
            None => all.push(vec![verdict]),
        }
    }
    for of_author in &mut all {
        // Stable: of two told at the same time the one that came last holds.
        of_author.sort_by_key(|verdict| verdict.told_unix_ns);
    }
    all
}

fn one(
    config: &Config,
    verdicts: &[delivery::Verdict],
    evidence: &EvidenceStore,
    out: &Path,
) -> anyhow::Result<Feedback> {
    let (last, before) = verdicts.split_last().context("no verdict of an author who gave one")?;
    let request = request_of(last)?;
    let earlier = before.iter().map(|verdict| {
        let said = request_of(verdict)?;
        Ok(Earlier { verdict: verdict_of(&said)?, told_unix_ns: said.told_unix_ns, comment: said.comment })
    });
    let about = match &request.about {
        Some(pb::feedback_request::About::Missed(missed)) => of_missed(config, missed, &last.about),
        _ => of_event(&last.about, evidence, out),
    };
    let about = about.with_context(|| format!("verdict on `{}`", last.subject))?;
    Ok(Feedback {
        subject: last.subject.clone(),
        verdict: verdict_of(&request)?,
        author: last.author.clone(),
        told_unix_ns: last.told_unix_ns,
        comment: request.comment,
        earlier: earlier.collect::<anyhow::Result<_>>()?,
        ..about
    })
}

fn request_of(verdict: &delivery::Verdict) -> anyhow::Result<pb::FeedbackRequest> {
    pb::FeedbackRequest::decode(verdict.bytes.as_slice())
        .with_context(|| format!("verdict on `{}` is no `FeedbackRequest`", verdict.subject))
}

fn verdict_of(request: &pb::FeedbackRequest) -> anyhow::Result<Verdict> {
    match request.verdict() {
        pb::Verdict::Confirmed => Ok(Verdict::Confirmed),
        pb::Verdict::Dismissed => Ok(Verdict::Dismissed),
        pb::Verdict::Missed => Ok(Verdict::Missed),
        pb::Verdict::Unspecified => bail!("a verdict without a word"),
    }
}

/// All but who said what.
fn blank(camera: &str, clip: String, rule: &str, kind: &str) -> Feedback {
    Feedback {
        subject: String::new(),
        verdict: Verdict::Missed,
        author: String::new(),
        told_unix_ns: 0,
        comment: String::new(),
        earlier: Vec::new(),
        camera: camera.to_owned(),
        clip,
        rule: rule.to_owned(),
        kind: kind.to_owned(),
        direction: None,
        start_s: 0.0,
        end_s: 0.0,
        wall_unix_ns: 0,
        decision: Vec::new(),
        considered: Vec::new(),
        reasons: Vec::new(),
        event: None,
        config_sha256: String::new(),
        pictures: Vec::new(),
    }
}

fn of_event(bytes: &[u8], evidence: &EvidenceStore, out: &Path) -> anyhow::Result<Feedback> {
    let event = pb::Event::decode(bytes).context("what was kept is no event")?;
    let (Some(pb::event::Body::Passage(passage)), Some(clocks)) = (&event.body, &event.clocks) else {
        bail!("the event is no passage");
    };
    let camera = event.camera_id.as_deref().unwrap_or_default();
    let wall = clocks.wall_unix_ns;
    // Footage counts from its first frame, a live camera's clip is a day of it.
    let (clip, zero) = match clocks.wall_source() {
        pb::ClockSource::Recording => {
            (camera.to_owned(), wall.saturating_sub_unsigned(clocks.received_monotonic_ns))
        }
        _ => day_of(camera, wall),
    };
    let millis = |ms: u64| ms.saturating_mul(1_000_000);
    let (start, end) = match passage.state() {
        pb::PassageState::Opened => {
            let at = wall.saturating_sub_unsigned(millis(passage.confirmed_after_ms));
            (at, at)
        }
        // The event that opened it was gone: some time while the object was there.
        _ => {
            (wall.saturating_sub_unsigned(millis(passage.track.as_ref().map_or(0, |t| t.duration_ms))), wall)
        }
    };
    let mut pictures = Vec::new();
    for piece in &event.evidence {
        if let Some(bytes) = evidence.get(&piece.sha256)? {
            let name = PathBuf::from(PICTURES).join(format!("{}.jpg", piece.sha256));
            let file = out.join(&name);
            std::fs::write(&file, bytes).with_context(|| format!("could not write `{}`", file.display()))?;
            pictures.push(name);
        }
    }
    Ok(Feedback {
        direction: match passage.direction() {
            pb::Direction::Forward => Some("forward".to_owned()),
            pb::Direction::Backward => Some("backward".to_owned()),
            pb::Direction::Enter => Some("enter".to_owned()),
            pb::Direction::Exit => Some("exit".to_owned()),
            pb::Direction::Within => Some("within".to_owned()),
            _ => None,
        },
        start_s: seconds(start, zero),
        end_s: seconds(end, zero),
        wall_unix_ns: start,
        decision: passage.decision.iter().map(value).collect(),
        event: event.key.as_ref().map(|key| key.sequence),
        config_sha256: event.config_sha256.clone(),
        pictures,
        ..blank(camera, clip, &passage.rule_id, &passage.object_class)
    })
}

fn of_missed(config: &Config, missed: &pb::MissedEvent, about: &[u8]) -> anyhow::Result<Feedback> {
    let answer = pb::WhyNotResponse::decode(about).context("what was kept is no answer")?;
    let camera = config.cameras.iter().find(|camera| camera.id == missed.camera_id);
    let recorded_at = camera.and_then(|camera| match &camera.source {
        Source::File(file) => {
            let since = file.recorded_at.duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_nanos()).ok()
        }
        Source::Rtsp(_) => None,
    });
    let wall = missed.wall_unix_ns;
    let (clip, zero) = match recorded_at {
        Some(recorded_at) => (missed.camera_id.clone(), recorded_at),
        None => day_of(&missed.camera_id, wall),
    };
    let considered = answer.considerations.into_iter().map(|consideration| Considered {
        decision: consideration.clauses.iter().map(value).collect(),
        rule: consideration.rule_id,
        kind: consideration.object_class,
        summary: consideration.summary,
    });
    Ok(Feedback {
        start_s: seconds(wall, zero),
        end_s: seconds(wall, zero),
        wall_unix_ns: wall,
        considered: considered.collect(),
        reasons: answer.reasons.into_iter().map(|reason| reason.summary).collect(),
        ..blank(&missed.camera_id, clip, &missed.rule_id, &missed.object_class)
    })
}

/// The clip of a live camera: a day by UTC, and when it begins.
fn day_of(camera: &str, wall: i64) -> (String, i64) {
    let begin = wall.div_euclid(DAY) * DAY;
    let date = delivery::rfc3339(begin);
    (format!("{camera}-{}", date.get(..10).unwrap_or_default()), begin)
}

/// Never below 0: no clip has a time before its first frame.
fn seconds(wall: i64, zero: i64) -> f64 {
    wall.saturating_sub(zero).max(0) as f64 / S as f64
}

fn value(clause: &pb::Clause) -> ClauseValue {
    ClauseValue {
        name: clause.name.clone(),
        measured: clause.measured,
        relation: match clause.relation() {
            pb::Relation::AtMost => Relation::AtMost,
            pb::Relation::AtLeast | pb::Relation::Unspecified => Relation::AtLeast,
        },
        bound: clause.bound,
        held: clause.held,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(subject: &str, author: &str, told_unix_ns: i64) -> delivery::Verdict {
        let (subject, author) = (subject.to_owned(), author.to_owned());
        delivery::Verdict { subject, author, told_unix_ns, bytes: Vec::new(), about: Vec::new() }
    }

    #[test]
    fn what_was_told_last_holds_whenever_it_came() {
        let all = by_author(vec![
            verdict("p1", "a", 9),
            verdict("p2", "a", 1),
            verdict("p1", "a", 3),
            verdict("p1", "b", 1),
        ]);
        let told: Vec<Vec<i64>> =
            all.iter().map(|of| of.iter().map(|verdict| verdict.told_unix_ns).collect()).collect();
        assert_eq!(told, [vec![3, 9], vec![1], vec![1]]);
    }

    #[test]
    fn a_live_camera_has_a_clip_a_day() {
        let noon = 1_767_225_600 * S + 12 * 3600 * S;
        let (clip, begin) = day_of("north", noon);
        assert_eq!((clip.as_str(), seconds(noon, begin)), ("north-2026-01-01", 43_200.0));
        assert_eq!(seconds(0, begin), 0.0);
    }
}
