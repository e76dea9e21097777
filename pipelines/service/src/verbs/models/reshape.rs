//! `cairn models reshape`: a file of one input size made to take any.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use models::artifact::Sha256;
use models::recipe::free_size;

#[derive(Debug, clap::Args)]
pub(crate) struct ReshapeArgs {
    /// The ONNX file: one picture in, grids of cells out, as YOLOX has it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the new file goes.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Writes the new file and what a card has to say of it.
///
/// # Errors
/// The file cannot be read or cannot be freed, or the new one cannot be written; then nothing is written.
pub(crate) fn run(args: &ReshapeArgs) -> anyhow::Result<ExitCode> {
    let file = args.file.display();
    let bytes = fs::read(&args.file).with_context(|| format!("could not read `{file}`"))?;
    let freed = free_size(&bytes).with_context(|| format!("`{file}` was not reshaped"))?;
    write(&args.out, &freed.bytes).with_context(|| format!("could not write `{}`", args.out.display()))?;
    println!(
        "{}: any batch, any height and width that are multiples of {}; for its card:",
        args.out.display(),
        freed.step
    );
    println!("sha256 = \"{}\"\nbytes = {}", Sha256::of(&freed.bytes), freed.bytes.len());
    println!("size = {{ multiple-of = {}, default = [width, height] }}\nbatch = \"any\"", freed.step);
    Ok(ExitCode::SUCCESS)
}

/// The whole file or none: a model that is half written must not be found in its place.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let mut file = File::create(&part)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&part, path)).inspect_err(
        |_| {
            // What is left of it is of no use; that it could not be removed either adds nothing.
            fs::remove_file(&part).ok();
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(file: &Path, out: &Path) -> ReshapeArgs {
        ReshapeArgs { file: file.to_owned(), out: out.to_owned() }
    }

    #[test]
    fn the_result_is_the_derived_file_of_the_card() {
        let Some(parent) = models::testkit::model("yolox-nano-416") else { return };
        let folder = tempfile::tempdir().expect("temporary folder");
        let out = folder.path().join("free.onnx");
        run(&args(&parent, &out)).expect("reshaped");
        let cards = models::builtin_cards().expect("built-in cards");
        let card = models::find(&cards, "yolox-nano").expect("built in");
        assert_eq!(Sha256::of(&fs::read(out).expect("written")), card.artifact.sha256);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 1, "no half of it is left");
    }

    #[test]
    fn a_file_that_cannot_be_freed_is_named_and_leaves_nothing() {
        let Some(reader) = models::testkit::model("plate-omz-0001") else { return };
        let folder = tempfile::tempdir().expect("temporary folder");
        let out = folder.path().join("free.onnx");
        let error = run(&args(&reader, &out)).expect_err("refused");
        assert_eq!(
            format!("{error:#}"),
            format!(
                "`{}` was not reshaped: it cannot take any size: MaxPool `MaxPool_6`: kernel [3, 3], strides [1, 1] and pads \
                 [0, 0] do not divide every size evenly",
                reader.display()
            )
        );
        assert!(!out.exists());
    }
}
