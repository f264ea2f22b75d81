//! `inna-bench`: plan, train, compare and report optimizers.

mod arguments;
mod paths;
mod printed;
mod signals;
mod surroundings;
mod terminal;
mod verbs;

use arguments::{Arguments, Verb};
use clap::Parser;
use std::process::ExitCode;

/// How a verb ended, if it could do its work at all.
pub(crate) enum Ending {
    /// Everything is done.
    Done,
    /// What was checked does not hold.
    CheckFailed,
    /// Stopped by Ctrl-C; what was finished is kept.
    Interrupted,
    /// The arguments cannot be used, which has been said.
    Unusable,
}

fn main() -> ExitCode {
    match Arguments::try_parse().map_or_else(|instead| terminal::usage(&instead), run) {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::CheckFailed) => ExitCode::from(1),
        Ok(Ending::Unusable) => ExitCode::from(2),
        Ok(Ending::Interrupted) => ExitCode::from(130),
        Err(error) => {
            terminal::say(format_args!("inna-bench: {}", message(&error)));
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<Ending> {
    let Arguments { places, worker, verb } = arguments;
    places.check(&verb)?;
    match verb {
        verb if worker => verbs::worker::run(&places, &verb),
        Verb::List(it) => verbs::list::run(&places, &it),
        Verb::Plan(it) => verbs::plan::run(&places, &it),
        Verb::Run(it) => verbs::run::run(&places, &it),
        Verb::Submit(it) => verbs::submit::run(&places, &it),
        Verb::Status(it) => verbs::status::run(&places, &it),
        Verb::Tune(it) => verbs::tune::run(&places, &it),
        Verb::Report(it) => verbs::report::run(&places, &it),
        Verb::Explain(it) => verbs::explain::run(&places, &it),
        Verb::Verify(it) => verbs::verify::run(&places, &it),
        Verb::Seal(it) => verbs::seal::run(&it),
        Verb::New(it) => verbs::new::run(&places, &it),
        Verb::Check(it) => verbs::check::run(&places, &it),
        Verb::Data(it) => verbs::data::run(&places, &it),
        Verb::Info(it) => verbs::info::run(&places, &it),
        Verb::Time(it) => verbs::time::run(&places, &it),
        Verb::Merge(it) => verbs::merge::run(&places, &it),
        Verb::Archive(it) => verbs::archive::run(&places, &it),
        Verb::Clean(it) => verbs::clean::run(&places, &it),
        Verb::Completions(it) => verbs::manual::completions(&it),
        Verb::Man(it) => verbs::manual::pages(&it),
        Verb::Schema(it) => verbs::manual::schema(&it),
    }
}

/// The error and its causes, less those that a message above them has said already.
pub(crate) fn message(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |text, cause| match &text {
        said if said.contains(&cause) => text,
        said if said.is_empty() => cause,
        said => format!("{said}: {cause}"),
    })
}
