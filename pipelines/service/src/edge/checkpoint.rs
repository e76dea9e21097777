//! What a camera's thread would lose in a crash, on disk: `data-dir/checkpoints/<camera>`.
//!
//! Constraints: a file is whole or not there; what the journal holds of a camera's passages is never newer than its
//! checkpoint, so the state that a restart goes on from knows every revision that has been told.
//!
//! Layout: three lines. The first names the format and the SHA-256 of the rest, so that a damaged file is known. The second
//! is what can be read whatever the version: passages that are open, and events that may not be in the journal yet, both as
//! the contract writes them. The third is the state of tracker and scene, of use only to the same rules.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use prost::Message as _;
use proto::v1 as pb;
use scene::{PassageState, Subject};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::limits::LimitsState;
use super::sight::SightState;
use super::timeline::Moment;

/// First word of a file; counts up whenever older files cannot be read any more.
const FORMAT: &str = "cairn-checkpoint-1";

/// All of a file but the state of the sight.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Head {
    /// SHA-256 of the camera's settings and its model: of another one nothing is gone on with.
    pub(crate) settings: String,
    /// Of the last frame.
    pub(crate) last: Moment,
    /// Events of this camera with a sequence up to this one were in the journal before any of `pending` was made.
    pub(crate) settled: u64,
    pub(crate) open: Vec<Open>,
    pub(crate) limits: LimitsState,
    /// Events that may not be in the journal, oldest first, as hexadecimal protobuf.
    pub(crate) pending: Vec<String>,
}

/// An open passage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Open {
    pub(crate) subject: u64,
    pub(crate) rule: String,
    pub(crate) ordinal: u32,
    /// Whether the box restarted while it was open.
    pub(crate) resumed: bool,
    /// Whether it is above its rule's limit and never told.
    pub(crate) suppressed: bool,
    /// Its latest revision, as hexadecimal protobuf.
    pub(crate) latest: String,
}

/// A checkpoint that was read back.
#[derive(Debug)]
pub(crate) struct Checkpoint {
    pub(crate) head: Head,
    /// JSON.
    sight: String,
}

/// Where the checkpoints of a box are.
pub(crate) fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join("checkpoints")
}

/// The bytes of a checkpoint's file.
///
/// # Errors
/// When a part of it cannot be written as JSON.
pub(crate) fn encode(head: &Head, sight: &SightState) -> serde_json::Result<Vec<u8>> {
    let mut body = serde_json::to_vec(head)?;
    body.push(b'\n');
    serde_json::to_writer(&mut body, sight)?;
    body.push(b'\n');
    let mut file = format!("{FORMAT} {}\n", sha256(&body)).into_bytes();
    file.append(&mut body);
    Ok(file)
}

impl Checkpoint {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// When it is of another format, damaged, or not what [`encode`] writes.
    pub(crate) fn decode(bytes: &[u8]) -> anyhow::Result<Self> {
        let text = std::str::from_utf8(bytes).context("it is no text")?;
        let (first, body) = text.split_once('\n').context("it has no second line")?;
        let Some((format, hash)) = first.split_once(' ') else { bail!("its first line is `{first:.80}`") };
        ensure!(format == FORMAT, "its format is `{format:.40}`, expected `{FORMAT}`");
        let found = sha256(body.as_bytes());
        ensure!(found == hash, "its SHA-256 is {found}, expected {hash:.64}");
        let (head, sight) = body.split_once('\n').context("it has no third line")?;
        Ok(Self { head: serde_json::from_str(head)?, sight: sight.to_owned() })
    }

    /// State of tracker and scene.
    ///
    /// # Errors
    /// When another version wrote it.
    pub(crate) fn sight(&self) -> serde_json::Result<SightState> {
        serde_json::from_str(&self.sight)
    }
}

impl Open {
    /// # Errors
    /// As [`event`].
    pub(crate) fn latest(&self) -> anyhow::Result<pb::Event> {
        event(&self.latest)
    }

    /// Whom it is about.
    pub(crate) fn subject(&self) -> Subject {
        if self.subject == 0 { Subject::Place } else { Subject::Track(self.subject) }
    }
}

/// An event as a checkpoint holds it.
pub(crate) fn hex(event: &pb::Event) -> String {
    to_hex(&event.encode_to_vec())
}

/// # Errors
/// For what is no hexadecimal protobuf.
pub(crate) fn event(hex: &str) -> anyhow::Result<pb::Event> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes: Option<Vec<u8>> = hex
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::try_from(16 * digit(*pair.first()?)? + digit(*pair.get(1)?)?).ok())
        .collect();
    let bytes = bytes.context("an event in it is not hexadecimal")?;
    pb::Event::decode(bytes.as_slice()).context("an event in it is none")
}

/// Whether nothing follows a revision in this state but a retraction.
pub(crate) fn is_last(state: PassageState) -> bool {
    matches!(state, PassageState::Closed | PassageState::Retracted)
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

fn to_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a `String` cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_back_and_nothing_else_is_taken_for_one() {
        let told = pb::Event { site: "gate \u{e9}".to_owned(), ..pb::Event::default() };
        assert_eq!(event(&hex(&told)).expect("an event"), told);
        for bad in ["0", "zz", "ff"] {
            assert!(event(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_file_with_one_wrong_byte_is_not_read() {
        let body = "{}\n{}\n";
        let file = format!("{FORMAT} {}\n{body}", sha256(body.as_bytes()));
        let said = |text: &str| format!("{:#}", Checkpoint::decode(text.as_bytes()).expect_err("refused"));
        assert!(said(&file).contains("missing field"), "{}", said(&file));
        assert!(said(&file.replace("{}\n{}", "{}\n[]")).starts_with("its SHA-256 is "));
        assert!(said(&file[..file.len() - 1]).starts_with("its SHA-256 is "), "a torn one");
        assert!(said(&file.replace("-1 ", "-9 ")).starts_with("its format is `cairn-checkpoint-9`"));
        assert_eq!(said(""), "it has no second line");
    }
}
