//! Of `list`, `data` and `info`.

use records::Machine;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// What there is; a kind that was not asked for is left out.
#[derive(Default, Serialize, JsonSchema)]
pub(crate) struct Listing {
    /// Studies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub studies: Option<Vec<Named>>,
    /// Tasks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tasks: Option<Vec<Named>>,
    /// Optimizers, compiled and formulas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimizers: Option<Vec<Named>>,
}

/// Something with a name.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Named {
    /// Its name.
    pub name: String,
    /// Its title; left out if it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Why it cannot be used; left out if it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A data set.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DataSet {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Training examples; 0 if only a file of the user's says so, as the next two.
    pub train: usize,
    /// Test examples.
    pub test: usize,
    /// Classes.
    pub classes: usize,
    /// Whether it is here.
    pub present: bool,
    /// Its licence.
    pub licence: &'static str,
    /// How to cite it.
    pub citation: &'static str,
}

/// A file of a data set that is the published one.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DataFile {
    /// Where it is.
    pub path: String,
    /// Its digest.
    pub sha256: String,
}

/// This program and this machine.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Info {
    /// Version of the suite.
    pub version: &'static str,
    /// Digest of its sources and lock file.
    pub code_digest: String,
    /// Digests of the parts that trainings depend on.
    pub code: BTreeMap<String, String>,
    /// Compiler that built it.
    pub compiler: &'static str,
    /// What it was built with.
    pub features: Vec<&'static str>,
    /// Devices, and whether they are here.
    pub devices: BTreeMap<&'static str, String>,
    /// The machine.
    pub machine: Machine,
    /// Folder of configurations; null if only those that are built in are used.
    pub configs: Option<String>,
    /// Folder of the store.
    pub store: String,
    /// Folder of data sets.
    pub data: String,
    /// Data sets that are there.
    pub data_sets_here: Vec<&'static str>,
}
