//! Settings that are maps and nothing else: a derived reader also takes a sequence of values without names, so that `[]`
//! would be a selection of everything.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Settings with a derived reader (`#[serde(remote = "Self")]`).
pub(crate) trait Mapping<'de>: Sized {
    /// What a map of them has.
    const EXPECTED: &'static str;

    /// The derived reader.
    fn derived<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// Reads a map.
pub(crate) fn read<'de, T: Mapping<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Map<T>(PhantomData<T>);

    impl<'de, T: Mapping<'de>> Visitor<'de> for Map<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::derived(MapAccessDeserializer::new(map))
        }
    }

    deserializer.deserialize_map(Map(PhantomData))
}
