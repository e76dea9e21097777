//! One file per command.

pub(crate) mod bench;
pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod datasets;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod journal;
pub(crate) mod lists;
pub(crate) mod models;
pub(crate) mod receive;
pub(crate) mod run;
pub(crate) mod serve;
