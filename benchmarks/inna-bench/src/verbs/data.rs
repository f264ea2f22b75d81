//! `inna-bench data`.

use crate::Ending;
use crate::arguments::{Data, DataAction, Places};
use crate::printed::{DataFile, DataSet};
use crate::terminal;
use anyhow::Result;
use data::{CheckedFile, Client, Info, Listing, Origin, Progress};
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Data) -> Result<Ending> {
    let mut out = terminal::stdout();
    match &arguments.action {
        DataAction::List { json } => {
            let sets = data::list(places.data_folder());
            if *json {
                let row = |set: &Listing| {
                    let &Info { name, title, train, test, classes, licence, citation, .. } = set.info;
                    DataSet { name, title, train, test, classes, present: set.present, licence, citation }
                };
                writeln!(out, "{}", terminal::json(&sets.iter().map(row).collect::<Vec<_>>())?)?;
                return Ok(Ending::Done);
            }
            for set in sets {
                let info = set.info;
                let here = match info.origin {
                    Origin::Made => "made",
                    Origin::Yours => "yours",
                    Origin::Published if set.present => "here",
                    Origin::Published => "not here",
                };
                let size = match info.origin {
                    Origin::Yours => "as many as its file has".to_owned(),
                    _ if info.classes == 1 => format!("{} + {} examples", info.train, info.test),
                    _ => format!("{} + {} examples, {} classes", info.train, info.test, info.classes),
                };
                writeln!(out, "{:<16} {here:<9} {size:<40} {}", info.name, info.title)?;
            }
        }
        DataAction::Fetch { name, mirror, json } => {
            let client = Client { mirror: mirror.clone(), ..Client::default() };
            let mut shown = Shown::default();
            let files = data::fetch(name, places.data_folder(), &client, &mut |step| shown.say(step))?;
            verified(&mut out, &files, *json)?;
        }
        DataAction::Verify { name, json } => match data::verify(name, places.data_folder()) {
            Err(error) if error.is_failed_check() => {
                terminal::say(format_args!("inna-bench: {error}"));
                return Ok(Ending::CheckFailed);
            }
            files => verified(&mut out, &files?, *json)?,
        },
    }
    Ok(Ending::Done)
}

fn verified(out: &mut impl Write, files: &[CheckedFile], json: bool) -> Result<()> {
    if json {
        let row = |file: &CheckedFile| DataFile {
            path: file.path.display().to_string(),
            sha256: file.sha256.clone(),
        };
        writeln!(out, "{}", terminal::json(&files.iter().map(row).collect::<Vec<_>>())?)?;
        return Ok(());
    }
    for file in files {
        writeln!(out, "{}  {} has the published checksum", &file.sha256[..16], file.path.display())?;
    }
    Ok(())
}

/// What was said of a download: a line for every tenth of a file is enough.
#[derive(Default)]
struct Shown {
    name: &'static str,
    tenth: u64,
}

impl Shown {
    fn say(&mut self, progress: &Progress) {
        let line = match progress {
            Progress::Downloading { name, done, total } => {
                let tenth = done * 10 / (*total).max(1);
                if (self.name, self.tenth) == (*name, tenth) {
                    return;
                }
                (self.name, self.tenth) = (*name, tenth);
                format!("{name}: {:.1} of {:.1} MB", *done as f64 / 1e6, *total as f64 / 1e6)
            }
            Progress::Retrying { name, reason, wait } => {
                format!("{name}: {reason}; trying again in {:.0} s", wait.as_secs_f64())
            }
            Progress::Kept { path } => format!("{} is there and kept", path.display()),
            Progress::Written { path } => format!("{} written", path.display()),
        };
        terminal::say(line);
    }
}
