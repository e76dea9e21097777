//! The Python environment with ONNX Runtime's quantisation tools: made once, whole or not there.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use models::artifact::Sha256;
use models::home::Home;

use super::step;

/// Every package with its hashes.
const REQUIREMENTS: &str = include_str!("../../../../models/quantise/requirements.txt");

/// Folder of everything that has to do with quantising.
pub(super) fn folder(home: &Home) -> PathBuf {
    home.root().join("quantise")
}

/// The interpreter that has the tools, which are installed if they are not there or others are wanted.
///
/// # Errors
/// When there is no `python3` with `venv` and `pip`, or the packages cannot be had; what was said is in the error.
pub(super) fn python(home: &Home) -> anyhow::Result<PathBuf> {
    let folder = folder(home);
    let failed = |what: &str| format!("could not {what} in `{}`", folder.display());
    std::fs::create_dir_all(&folder).with_context(|| failed("make the quantiser's environment"))?;
    let lock =
        File::create(folder.join("lock")).with_context(|| failed("make the quantiser's environment"))?;
    // Whoever comes second finds what the first one made.
    lock.lock().with_context(|| failed("lock the quantiser's environment"))?;
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    let mark = environment.join("installed");
    let wanted = Sha256::of(REQUIREMENTS.as_bytes()).to_string();
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed.trim() == wanted) && python.exists() {
        return Ok(python);
    }
    match std::fs::remove_dir_all(&environment) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| failed("clear the quantiser's environment"));
        }
        _ => {}
    }
    step(format_args!("making the quantiser's environment, once: {}", environment.display()));
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&environment);
    run(venv, "expected python3 with venv, on Debian `apt-get install python3 python3-venv`")?;
    let requirements = folder.join("requirements.txt");
    super::write_whole(&requirements, REQUIREMENTS.as_bytes())?;
    step(format_args!("fetching ONNX Runtime's quantisation tools, about 60 MB"));
    run(install(&python, &requirements), "its packages could not be had, or one was not what its hash says")?;
    super::write_whole(&mark, wanted.as_bytes())?;
    Ok(python)
}

fn install(python: &Path, requirements: &Path) -> Command {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
    pip.args(["--no-deps", "--require-hashes", "--only-binary", ":all:"]);
    let wheels = std::env::var_os("CAIRN_MIRROR").filter(|mirror| !mirror.is_empty());
    if let Some(wheels) = wheels.map(|mirror| Path::new(&mirror).join("wheels")).filter(|path| path.is_dir())
    {
        pip.arg("--find-links").arg(wheels);
    }
    pip.arg("--requirement").arg(requirements);
    pip
}

/// Runs `command` to its end; `why` says what its failure means.
fn run(mut command: Command, why: &str) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("could not run `{name}`: {why}"))?;
    if output.status.success() {
        return Ok(());
    }
    // venv says what is missing on standard output.
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).trim().to_owned());
    bail!(
        "the quantiser's environment was not made ({name}: {}): {why}\n{}",
        output.status,
        said.join("\n").trim()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_is_told_with_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo ensurepip is not available; echo broken >&2; exit 3"]);
        let error = run(command, "expected venv").expect_err("it fails").to_string();
        for part in ["sh: exit status: 3", "expected venv", "ensurepip is not available", "broken"] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn an_interpreter_that_is_not_there_is_told_with_what_to_install() {
        let error = run(Command::new("no-such-python3"), "expected python3 with venv").expect_err("none");
        assert_eq!(error.to_string(), "could not run `no-such-python3`: expected python3 with venv");
    }

    #[test]
    fn every_package_is_pinned_by_hash() {
        let packages = REQUIREMENTS.lines().filter(|line| line.contains("=="));
        assert!(packages.clone().any(|line| line.starts_with("onnxruntime==1.31.1 ")));
        assert!(packages.clone().all(|line| line.ends_with(" \\")), "a hash follows");
    }
}
