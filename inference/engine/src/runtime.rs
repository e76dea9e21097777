use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ort::LoadDynamicError;
use ort::environment::Environment;
use ort::logging::LogLevel;

use crate::EngineError;
use crate::library::{self, Surroundings};

/// The ONNX Runtime library, loaded once for the whole process.
///
/// Cheap to clone. It stays loaded until the process ends, because the runtime cannot be set up twice.
#[derive(Clone, Debug)]
pub struct Runtime {
    path: PathBuf,
    version: String,
    /// Providers that the library was built with, as it calls them.
    offered: Arc<[String]>,
    environment: Environment,
}

/// The process's one runtime. Held until the end: what the library did to the process cannot be undone.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library at `path`. Loading the same file again gives the same runtime.
    ///
    /// # Errors
    /// [`EngineError::LibraryMissing`], [`EngineError::LibraryUnusable`], [`EngineError::LibraryTooOld`], or
    /// [`EngineError::LibraryAlreadyLoaded`] for a second file.
    pub fn load(path: &Path) -> Result<Self, EngineError> {
        // Also makes it absolute: the loader would take a relative path from the executable's folder.
        let Ok(path) = path.canonicalize() else {
            return Err(EngineError::LibraryMissing { looked_at: vec![path.to_path_buf()] });
        };
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = loaded.as_ref() {
            return if runtime.path == path {
                Ok(runtime.clone())
            } else {
                Err(EngineError::LibraryAlreadyLoaded { loaded: runtime.path.clone(), asked: path })
            };
        }
        let unusable = |source| EngineError::LibraryUnusable { path: path.clone(), source: Box::new(source) };
        let environment = ort::init_from(&path)
            .map_err(|error| refused(&path, error))?
            .with_name("cairn")
            .with_telemetry(false)
            .with_logger(Arc::new(log))
            .build()
            .map_err(unusable)?;
        // A logger of one's own starts at the most talkative level.
        environment.set_log_level(LogLevel::Warning);
        let offered = offered().map_err(unusable)?.into();
        let runtime = Self { version: version_of(&environment), path, offered, environment };
        tracing::info!(path = %runtime.path.display(), version = runtime.version, "loaded ONNX Runtime");
        Ok(loaded.insert(runtime).clone())
    }

    /// The library to load: `explicit`, else `ORT_DYLIB_PATH`, else `libonnxruntime.so*` in
    /// `.cairn/onnxruntime/lib` of the current folder, the executable's folder and all above them, in
    /// `~/.local/share/cairn/onnxruntime/lib`, and in `/usr/lib/cairn`.
    ///
    /// # Errors
    /// [`EngineError::LibraryMissing`] with the places looked at; a named file that is not there is never replaced by
    /// another.
    pub fn find(explicit: Option<&Path>) -> Result<PathBuf, EngineError> {
        let variable = std::env::var_os("ORT_DYLIB_PATH");
        let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
        let current_dir = std::env::current_dir().ok();
        let executable = std::env::current_exe().ok();
        let surroundings = Surroundings {
            variable: variable.as_deref(),
            current_dir: current_dir.as_deref(),
            executable: executable.as_deref(),
            home: home.as_deref(),
        };
        library::find(explicit, &surroundings)
    }

    /// Version of the library, like `1.31.1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The file it was loaded from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the library was built with the provider that it calls `name`.
    pub(crate) fn offers(&self, name: &str) -> bool {
        self.offered.iter().any(|offered| offered == name)
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

fn overhear(message: &str) -> bool {
    OVERHEARD.with_borrow_mut(|heard| heard.as_mut().map(|heard| heard.push(message.to_owned())).is_some())
}

fn refused(path: &Path, error: LoadDynamicError) -> EngineError {
    let path = path.to_path_buf();
    match error {
        LoadDynamicError::BadVersion { version_str, .. } => EngineError::LibraryTooOld {
            path,
            found: version_str,
            oldest: format!("1.{}", ort::MINOR_VERSION),
        },
        other => EngineError::LibraryUnusable { path, source: Box::new(other) },
    }
}

/// `ort` keeps the library's version to itself, but the runtime writes it on each provider's device.
#[expect(unsafe_code, reason = "no safe call gives the version")]
fn version_of(environment: &Environment) -> String {
    use ort::AsPointer;

    let version = environment.devices().find_map(|device| {
        // SAFETY: `device` is a live device of this environment; the runtime owns its metadata and the strings in it,
        // both live as long as the environment, and the string is copied before this returns.
        unsafe {
            let metadata = (ort::api().EpDevice_EpMetadata)(device.ptr());
            if metadata.is_null() {
                return None;
            }
            let version = (ort::api().GetKeyValue)(metadata, c"version".as_ptr());
            (!version.is_null()).then(|| CStr::from_ptr(version).to_string_lossy().into_owned())
        }
    });
    version.unwrap_or_else(|| format!("1.{} or newer", ort::MINOR_VERSION))
}

/// The names of the providers that the library was built with.
#[expect(unsafe_code, reason = "the safe call asks for one name at a time, of a type per provider")]
fn offered() -> Result<Vec<String>, ort::Error> {
    let mut names: *mut *mut c_char = std::ptr::null_mut();
    let mut count: c_int = 0;
    // SAFETY: both are valid for writing; the status is taken over by `ort`, which frees it. The array holds `count`
    // strings, which are copied before the runtime gets the array back, once.
    unsafe {
        ort::Error::result_from_status((ort::api().GetAvailableProviders)(&mut names, &mut count))?;
        if names.is_null() {
            return Ok(Vec::new());
        }
        let listed = std::slice::from_raw_parts(names, usize::try_from(count).unwrap_or(0));
        let copied = listed.iter().map(|&name| CStr::from_ptr(name).to_string_lossy().into_owned()).collect();
        ort::Error::result_from_status((ort::api().ReleaseAvailableProviders)(names, count))?;
        Ok(copied)
    }
}

thread_local! {
    /// What the runtime complains about on this thread while somebody listens.
    static OVERHEARD: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Does `work`, and gives back with its result what the runtime wrote to its log as an error on this thread. Some
/// providers tell the reason of a failure nowhere else.
pub(crate) fn overheard<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    OVERHEARD.set(Some(Vec::new()));
    let result = work();
    (result, OVERHEARD.take().unwrap_or_default())
}

fn log(level: LogLevel, _category: &str, session: &str, place: &str, message: &str) {
    let level = match level {
        // Told again with the failure it belongs to, if that is one.
        LogLevel::Error | LogLevel::Fatal if overhear(message) => LogLevel::Info,
        level => level,
    };
    match level {
        LogLevel::Verbose => tracing::trace!(target: "onnxruntime", session, place, "{message}"),
        LogLevel::Info => tracing::debug!(target: "onnxruntime", session, place, "{message}"),
        LogLevel::Warning => tracing::warn!(target: "onnxruntime", session, place, "{message}"),
        LogLevel::Error | LogLevel::Fatal => {
            tracing::error!(target: "onnxruntime", session, place, "{message}");
        }
    }
}
