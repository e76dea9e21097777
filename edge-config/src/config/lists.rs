use std::path::PathBuf;

/// `[lists]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lists {
    /// Ed25519 public keys whose signatures are taken, at least one where there is a list; each once.
    pub keys: Vec<[u8; 32]>,
    /// `[[lists.list]]`, in the order of the file; names are unique.
    pub lists: Vec<PlateListFile>,
}

/// `[[lists.list]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlateListFile {
    /// What the list inside is called, 1–64 characters of `[a-z0-9-]`.
    pub name: String,
    /// What it is for.
    pub kind: ListKind,
    /// The signed file; it may be absent for now.
    pub path: PathBuf,
}

/// What a list is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// Somebody looks for these plates.
    Watch,
    /// Somebody lets these plates pass.
    Permit,
}
