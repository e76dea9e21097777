//! Which providers there are, asked of this program, of the library and of the machine: three different answers.

use std::fs;
use std::path::Path;

use super::Provider;
use super::register;
use crate::Runtime;

/// Whether a provider can be used on this machine, before any model is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// The library offers it and a session could be set up for it.
    Present,
    /// It cannot be used here.
    Absent {
        /// Why not, for the operator.
        reason: String,
    },
}

/// What is known of a provider without a model. Whether it takes a model only a session tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderReport {
    /// Which one.
    pub provider: Provider,
    /// Whether this program was built with it.
    pub compiled_in: bool,
    /// Whether it can be used here.
    pub presence: Presence,
    /// Its devices, with their drivers and libraries as far as the machine tells.
    pub devices: Vec<String>,
}

impl ProviderReport {
    /// Whether it can be used here.
    pub fn is_present(&self) -> bool {
        self.presence == Presence::Present
    }
}

/// One report for each provider, in the order of [`Provider::ALL`]. Loads the libraries of those that are compiled in.
pub fn providers(runtime: &Runtime) -> Vec<ProviderReport> {
    Provider::ALL.into_iter().map(|provider| report(runtime, provider)).collect()
}

fn report(runtime: &Runtime, provider: Provider) -> ProviderReport {
    let presence = match absence(runtime, provider) {
        None => Presence::Present,
        Some(reason) => Presence::Absent { reason },
    };
    let devices = if presence == Presence::Present { devices(runtime, provider) } else { Vec::new() };
    ProviderReport { provider, compiled_in: provider.is_compiled_in(), presence, devices }
}

/// Why `provider` cannot be used here, if so.
pub(crate) fn absence(runtime: &Runtime, provider: Provider) -> Option<String> {
    if !runtime.offers(provider.facts().runtime_name) {
        return Some(format!(
            "the ONNX Runtime library `{}`, version {}, was built without it",
            runtime.path().display(),
            runtime.version()
        ));
    }
    if !provider.is_compiled_in() {
        return Some(register::not_compiled_in(provider));
    }
    register::try_defaults(runtime, provider).err()
}

/// The devices that `provider` could use, each with what else an answer or a cache may depend on.
pub(crate) fn devices(runtime: &Runtime, provider: Provider) -> Vec<String> {
    match provider {
        Provider::Cpu | Provider::Xnnpack => vec![processor()],
        Provider::OpenVino => {
            let library = runtime.path().parent().and_then(openvino_in);
            vec![format!("{}, OpenVINO {}", processor(), library.as_deref().unwrap_or("of unknown version"))]
        }
        Provider::Cuda | Provider::TensorRt => nvidia(Path::new("/proc/driver/nvidia")),
    }
}

/// The processor's name, as the kernel knows it.
fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

/// Version of the OpenVINO library in `folder`: the longest after its name, because its links carry shorter ones.
fn openvino_in(folder: &Path) -> Option<String> {
    let entries = folder.read_dir().ok()?;
    let versions = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name();
        Some(name.to_str()?.strip_prefix("libopenvino.so.")?.to_owned())
    });
    versions.max_by_key(|version| (version.split('.').count(), version.clone()))
}

/// Each graphics processor below the driver's folder in `/proc`, with the driver's version.
fn nvidia(folder: &Path) -> Vec<String> {
    let version = fs::read_to_string(folder.join("version")).unwrap_or_default();
    let driver = version.split_whitespace().find(|word| {
        word.contains('.')
            && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    });
    let Ok(entries) = folder.join("gpus").read_dir() else { return Vec::new() };
    let mut devices: Vec<(std::path::PathBuf, String)> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let text = fs::read_to_string(path.join("information")).ok()?;
            let (_, model) = text.lines().find_map(|line| line.strip_prefix("Model")?.split_once(':'))?;
            Some((path, format!("{}, driver {}", model.trim(), driver.unwrap_or("of unknown version"))))
        })
        .collect();
    devices.sort();
    devices.into_iter().map(|(_, device)| device).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphics_processors_are_read_with_their_driver() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(nvidia(folder.path()), Vec::<String>::new());
        for (slot, model) in [("0000:03:00.0", "NVIDIA RTX A2000"), ("0000:01:00.0", "NVIDIA L4")] {
            let gpu = folder.path().join("gpus").join(slot);
            fs::create_dir_all(&gpu).expect("folder");
            fs::write(gpu.join("information"), format!("Model: \t\t {model}\nIRQ:   \t\t 11\n"))
                .expect("file");
        }
        let version = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\n\
                       GCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n";
        fs::write(folder.path().join("version"), version).expect("file");
        assert_eq!(
            nvidia(folder.path()),
            ["NVIDIA L4, driver 550.54.15", "NVIDIA RTX A2000, driver 550.54.15"]
        );
    }

    #[test]
    fn the_version_of_openvino_is_that_of_its_whole_name() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(openvino_in(folder.path()), None);
        for name in ["libopenvino.so", "libopenvino.so.2541", "libopenvino.so.2025.4.1", "libopenvino_c.so.9"]
        {
            fs::write(folder.path().join(name), "").expect("file");
        }
        assert_eq!(openvino_in(folder.path()).as_deref(), Some("2025.4.1"));
    }
}
