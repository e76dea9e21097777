//! What this machine and this build are, for reports and for the clocks of events.

use std::fs;

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
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    memory_mb: u64,
    arch: &'static str,
    kernel: String,
}

impl Machine {
    pub(crate) fn current() -> Self {
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
pub(crate) fn print_document(mut document: serde_json::Value) -> anyhow::Result<()> {
    document["cairn"] = serde_json::to_value(Build::current())?;
    document["machine"] = serde_json::to_value(Machine::current())?;
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
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
