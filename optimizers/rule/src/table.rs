//! The parameter table of an optimizer, written once.

/// Declares the hyper-parameters of an optimizer: the struct, its defaults, how it is read and checked, and its table.
///
/// ```
/// use rule::{Family, Number, Range, Rule, Scalar, settings};
///
/// /// The catalogue entry.
/// pub static FAMILY: Family = Family::of::<SignSgd>();
///
/// settings! {
///     /// signSGD: every weight moves by the learning rate, against the sign of its gradient.
///     pub struct SignSgd("signsgd", "signSGD", "Bernstein et al., ICML 2018, algorithm 1") {
///         learning_rate: f64 = 1e-3, Range::Above(0.0), "step size γ₀";
///     }
/// }
///
/// impl Rule for SignSgd {
///     fn states(&self) -> &'static [&'static str] {
///         &[]
///     }
///     fn scalars(&self) -> &'static [Scalar] {
///         &[Scalar { name: "gamma", symbol: "γ_k", definition: "" }]
///     }
///     fn scalars_at(&self, _step: u64, gamma: f64) -> Vec<f64> {
///         vec![gamma]
///     }
///     fn update<N: Number>(&self, theta: N, g: N, scalars: &[N], _states: &mut [N]) -> N {
///         theta - scalars[0] * g.sign()
///     }
/// }
///
/// assert_eq!(FAMILY.defaults()["learning_rate"], 1e-3);
/// ```
///
/// The field `schedule` is added behind `learning_rate`, constant unless `schedule: …;` says otherwise behind the fields. Conditions between parameters and names of other implementations follow
/// in braces, as items of [`crate::Settings`].
#[macro_export]
macro_rules! settings {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($key:literal, $title:literal, $reference:literal) {
            learning_rate: f64 = $rate:expr, $rate_range:expr, $rate_meaning:literal;
            $($field:ident: $type:ty = $default:expr, $range:expr, $meaning:literal;)*
        }
        $(schedule: $schedule:expr;)?
        $({ $($items:tt)* })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, $crate::serde::Serialize, $crate::serde::Deserialize)]
        #[serde(crate = "rule::serde", deny_unknown_fields, default)]
        pub struct $name {
            #[doc = $rate_meaning]
            pub learning_rate: f64,
            /// How γ₀ decays.
            pub schedule: $crate::Schedule,
            $(#[doc = $meaning] pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                let schedule = None $(.or(Some($schedule)))?;
                let schedule: $crate::Schedule = schedule.unwrap_or_default();
                Self { learning_rate: $rate, schedule, $($field: $default,)* }
            }
        }

        impl $crate::Settings for $name {
            const NAME: &'static str = $key;
            const TITLE: &'static str = $title;
            const REFERENCE: &'static str = $reference;
            const PARAMETERS: &'static [$crate::Parameter] = &[
                $crate::Parameter::new("learning_rate", $rate_range, $rate_meaning),
                $crate::Parameter::new("schedule", $crate::Range::Schedule, "how γ₀ decays"),
                $($crate::Parameter::new(stringify!($field), $range, $meaning),)*
            ];

            fn learning_rate(&self) -> f64 {
                self.learning_rate
            }

            fn schedule(&self) -> &$crate::Schedule {
                &self.schedule
            }

            $($($items)*)?
        }
    };
}
