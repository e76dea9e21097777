//! What this machine and this build are, for reports and for the clocks of events.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context as _;
use serde::Serialize;

/// Version of the binary.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `schema`, `cairn` and `machine` of every JSON document.
#[derive(Debug, Serialize)]
pub(crate) struct Build {
    version: &'static str,
    /// Commit the binary was built from, when it was built in a checkout.
    commit: Option<&'static str>,
}

impl Build {
    pub(crate) fn current() -> Self {
        Self { version: VERSION, commit: option_env!("CAIRN_COMMIT") }
    }
}

/// The machine a figure was measured on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_mb: u64,
    pub(crate) arch: &'static str,
    pub(crate) kernel: String,
}

impl Machine {
    /// Name of its processor.
    pub(crate) fn cpu(&self) -> &str {
        &self.cpu
    }

    /// This machine as it was when it was asked for first: a process that keeps itself to one core runs on no other
    /// machine for that.
    pub(crate) fn current() -> Self {
        static CURRENT: OnceLock<Machine> = OnceLock::new();
        CURRENT.get_or_init(Self::found).clone()
    }

    /// What it is known by in settings.
    pub(crate) fn known(&self) -> edge_config::Machine {
        edge_config::Machine {
            cpu: self.cpu.clone(),
            cores: u32::try_from(self.cores).unwrap_or(u32::MAX),
            memory_mb: u32::try_from(self.memory_mb).unwrap_or(u32::MAX),
            arch: self.arch.to_owned(),
        }
    }

    fn found() -> Self {
        let value_of = |file: &str, key: &str| {
            fs::read_to_string(file).ok().and_then(|text| {
                let line = text.lines().find(|line| line.starts_with(key))?;
                Some(line.split_once(':')?.1.trim().to_owned())
            })
        };
        let memory_kb = value_of("/proc/meminfo", "MemTotal")
            .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
        Self {
            cpu: value_of("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
            memory_mb: memory_kb.unwrap_or(0) / 1024,
            arch: std::env::consts::ARCH,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .map_or_else(|_| "unknown".to_owned(), |text| text.trim().to_owned()),
        }
    }
}

/// Prints `document`, an object with its `schema`, for programs; adds the build and the machine that made it.
pub(crate) fn print_document(document: serde_json::Value) -> anyhow::Result<()> {
    println!("{}", signed(document)?);
    Ok(())
}

/// The same into `file`; `-` is standard output.
pub(crate) fn write_document(document: serde_json::Value, file: &Path) -> anyhow::Result<()> {
    if file.as_os_str() == "-" {
        return print_document(document);
    }
    let text = signed(document)? + "\n";
    fs::write(file, text).with_context(|| format!("could not write `{}`", file.display()))
}

fn signed(mut document: serde_json::Value) -> anyhow::Result<String> {
    document["cairn"] = serde_json::to_value(Build::current())?;
    document["machine"] = serde_json::to_value(Machine::current())?;
    Ok(serde_json::to_string_pretty(&document)?)
}

/// Identity of the kernel's current boot: monotonic times can be compared only within it.
pub(crate) fn boot_id() -> std::io::Result<String> {
    Ok(fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// `USER_HZ`: fixed by the kernel's interface, whatever the kernel's own rate is.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds and peak memory of another process, from `/proc`; `None` once it is gone.
pub(crate) fn usage(pid: u32) -> Option<Usage> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name may hold spaces and parentheses: count fields after its last `)`.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kb_of = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    Some(Usage {
        cpu_seconds: ticks as f64 / TICKS_PER_SECOND,
        rss_mb: kb_of("VmRSS:")? as f64 / 1024.0,
        peak_rss_mb: kb_of("VmHWM:")? as f64 / 1024.0,
    })
}

/// CPU seconds that this process has used, in user and kernel.
pub(crate) fn own_cpu_seconds() -> f64 {
    usage(std::process::id()).map_or(0.0, |usage| usage.cpu_seconds)
}

/// What a process has used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) cpu_seconds: f64,
    pub(crate) rss_mb: f64,
    pub(crate) peak_rss_mb: f64,
}
