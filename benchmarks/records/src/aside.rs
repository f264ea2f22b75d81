//! What a store keeps out of the way of what is used.

/// Why something was set aside: each reason has a folder, which no task can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aside {
    /// It is not what was written.
    Damaged,
    /// It was made by other code, and made again.
    Superseded,
    /// Another record of the same run says otherwise.
    Conflicting,
}

impl Aside {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Damaged, Self::Superseded, Self::Conflicting];

    /// The folder in a store.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Damaged => "quarantine",
            Self::Superseded => "superseded",
            Self::Conflicting => "conflicts",
        }
    }
}
