//! What `models pull` and `datasets pull` share: the sources, and what an operator sees of a transfer.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};
use models::artifact::{Artifact, Origin, Patience, Progress, PublicHost, PullError, Store, pull};

#[derive(Debug, clap::Args)]
pub(crate) struct PullArgs {
    /// Folder with `models` and `footage` to take files from first; else the one in CAIRN_MIRROR.
    #[arg(long, value_name = "FOLDER")]
    mirror: Option<PathBuf>,
    /// Ask no public source.
    #[arg(long)]
    offline: bool,
    /// Also take files whose licence is not stated; whether you may use them is then for you to find out.
    #[arg(long)]
    accept_unlicensed: bool,
}

/// Whether files without a stated licence are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    LicensedOnly,
    Unlicensed,
}

/// Somebody asked by name for a file whose licence is not stated.
#[derive(Debug, thiserror::Error)]
#[error("`{id}` states no licence ({reason}), `--accept-unlicensed` takes it all the same")]
pub(crate) struct Unaccepted {
    pub(crate) id: String,
    pub(crate) reason: String,
}

/// Where files of one kind come from.
pub(crate) struct Sources {
    /// The mirror's folder of this kind.
    mirror: Option<PathBuf>,
    host: Option<PublicHost>,
}

impl PullArgs {
    pub(crate) fn consent(&self) -> Consent {
        if self.accept_unlicensed { Consent::Unlicensed } else { Consent::LicensedOnly }
    }

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

impl Consent {
    pub(crate) fn covers(self, licence_is_stated: bool) -> bool {
        licence_is_stated || self == Self::Unlicensed
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
    };
    format!("{:<22} {from}, {}", artifact.id, path.display())
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
