//! What `models pull` and `datasets pull` share: the sources, and what an operator sees of a transfer.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};
use models::NotAccepted;
use models::artifact::{Artifact, Origin, Patience, Progress, PublicHost, PullError, Store, pull};

#[derive(Debug, clap::Args)]
pub(crate) struct PullArgs {
    /// Folder with `models` and `footage` to take files from first; else the one in CAIRN_MIRROR.
    #[arg(long, value_name = "FOLDER")]
    mirror: Option<PathBuf>,
    /// Ask no public source.
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    pub(crate) accepted: Accepted,
}

/// What somebody takes upon himself.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Accepted {
    /// Take ID whatever its licence is; whether you may use it is then for you to find out. May be given several times.
    #[arg(long, value_name = "ID")]
    pub(crate) accept: Vec<String>,
}

/// Something whose licence has to be accepted by its name, and was not.
#[derive(Debug, thiserror::Error)]
#[error("{reason}; `--accept {id}` takes it all the same")]
pub(crate) struct Unaccepted {
    pub(crate) id: String,
    pub(crate) reason: String,
}

impl From<NotAccepted> for Unaccepted {
    fn from(reason: NotAccepted) -> Self {
        Self { reason: reason.to_string(), id: reason.id }
    }
}

/// Where files of one kind come from.
pub(crate) struct Sources {
    /// The mirror's folder of this kind.
    mirror: Option<PathBuf>,
    host: Option<PublicHost>,
}

impl PullArgs {
    pub(crate) fn sources(&self, kind: &str) -> Sources {
        let from_environment =
            || std::env::var_os("CAIRN_MIRROR").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let mirror = self.mirror.clone().or_else(from_environment);
        Sources {
            mirror: mirror.map(|mirror| mirror.join(kind)),
            host: (!self.offline).then(|| PublicHost::github(Patience::default())),
        }
    }
}

impl Sources {
    /// Pulls one file and says in a line where it came from; what was refused on the way goes to standard error.
    pub(crate) fn take(&self, artifact: &Artifact, store: &Store) -> Result<PathBuf, PullError> {
        let mut shown = Shown { bar: None };
        let outcome = pull(artifact, store, self.mirror.as_deref(), self.host.as_ref(), &mut shown);
        if let Some(bar) = shown.bar {
            bar.finish_and_clear();
        }
        let pulled = outcome?;
        for refusal in pulled.refused {
            eprintln!("cairn: {:#}", anyhow::Error::from(refusal));
        }
        println!("{}", line(artifact, pulled.from, &pulled.path));
        Ok(pulled.path)
    }
}

fn line(artifact: &Artifact, from: Origin, path: &Path) -> String {
    let from = match from {
        Origin::AlreadyHeld => "held already".to_owned(),
        Origin::Mirror => format!("{} from the mirror", DecimalBytes(artifact.bytes)),
        Origin::Public => format!("{} from its public source", DecimalBytes(artifact.bytes)),
        Origin::Derived => format!("{} made of {}", DecimalBytes(artifact.bytes), parent(artifact)),
    };
    format!("{:<22} {from}, {}", artifact.id, path.display())
}

/// The file that `artifact` is made from.
fn parent(artifact: &Artifact) -> &str {
    artifact.derived.as_ref().map_or("nothing", |derived| derived.from.file.as_str())
}

/// A bar on a terminal; elsewhere nothing, the line at the end of each file is enough.
struct Shown {
    bar: Option<ProgressBar>,
}

impl Progress for Shown {
    fn waiting(&mut self, file: &str) {
        eprintln!("waiting for another process that pulls {file}");
    }

    fn begin(&mut self, file: &str, _from: Origin, bytes: u64) {
        if std::io::stderr().is_terminal() {
            let style = ProgressStyle::with_template("{msg} {wide_bar} {bytes}/{total_bytes}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            self.bar = Some(ProgressBar::new(bytes).with_style(style).with_message(file.to_owned()));
        }
    }

    fn advance(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        }
    }
}
