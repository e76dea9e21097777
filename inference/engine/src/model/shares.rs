//! Who runs which operators of a session in which the processor helps out, as the runtime's profile of a run tells.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Model, opening};
use crate::{EngineError, Provider, SessionSpec};

/// The folder in which the runtime writes the profile of a session. Dropping it removes it.
pub(super) struct Profile {
    folder: PathBuf,
}

impl Profile {
    pub(super) fn begin() -> io::Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("cairn-profile-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        Ok(Self { folder })
    }

    /// What the file's name begins with; the runtime adds the time.
    pub(super) fn prefix(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// Ends the profile of `model`, which has run. A provider that took none of the operators does not run the model.
    pub(super) fn check(
        self,
        model: &mut Model,
        spec: &SessionSpec,
        provider: Provider,
    ) -> Result<(), EngineError> {
        let unknown = |reason: String| {
            opening::refused(spec, provider, format!("what it runs of the model could not be told: {reason}"))
        };
        let path = model.session.end_profiling().map_err(|error| unknown(error.to_string()))?;
        let profile = fs::read_to_string(&path).map_err(|error| unknown(format!("`{path}`: {error}")))?;
        if runs_of(provider, &profile) == 0 {
            let reason = "it has none of the model's operators, the processor would run them all".to_owned();
            return Err(opening::refused(spec, provider, reason));
        }
        let on_cpu = runs_of(Provider::Cpu, &profile);
        tracing::warn!(
            session = spec.name,
            %provider,
            on_cpu,
            "the processor runs the operators that the provider lacks"
        );
        Ok(())
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!(folder = %self.folder.display(), %error, "could not remove a profile");
        }
    }
}

/// Operators that `provider` ran, counted over all runs of the profile.
fn runs_of(provider: Provider, profile: &str) -> usize {
    let name = format!("\"{}\"", provider.facts().runtime_name);
    let by = |event: &&str| event.split_once("\"provider\"").is_some_and(|(_, value)| value.contains(&name));
    // One event to a line.
    profile.lines().filter(by).count()
}
