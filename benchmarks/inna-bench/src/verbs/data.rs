//! `inna-bench data`.

use crate::Ending;
use crate::arguments::{Data, DataAction, Places};
use crate::terminal;
use anyhow::Result;
use data::{Check, Progress};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(places: &Places, arguments: &Data) -> Result<Ending> {
    let mut out = terminal::stdout();
    match &arguments.action {
        DataAction::List { json } => {
            let sets = data::list(&places.data);
            if *json {
                let rows: Vec<_> = sets
                    .iter()
                    .map(|s| {
                        json!({ "name": s.info.name, "title": s.info.title, "train": s.info.train,
                                "test": s.info.test, "classes": s.info.classes, "present": s.present,
                                "licence": s.info.licence, "citation": s.info.citation })
                    })
                    .collect();
                writeln!(out, "{}", terminal::json(rows)?)?;
                return Ok(Ending::Done);
            }
            for set in sets {
                let info = set.info;
                let here = if set.present { "here" } else { "not here" };
                let size = format!("{} + {} images, {} classes", info.train, info.test, info.classes);
                writeln!(out, "{:<10} {here:<9} {size:<40} {}", info.name, info.title)?;
            }
        }
        DataAction::Fetch { name } => {
            data::fetch(name, &places.data, &mut |progress| say(progress))?;
            verify(&mut out, places, name)?;
        }
        DataAction::Verify { name } => verify(&mut out, places, name)?,
    }
    Ok(Ending::Done)
}

fn verify(out: &mut impl Write, places: &Places, name: &str) -> Result<()> {
    for file in data::verify(name, &places.data)? {
        let what = match file.check {
            Check::Published => "has the published checksum",
            Check::Recorded => "has the checksum recorded when it was fetched",
            Check::Structure => "has the official structure (no checksum of it is published)",
        };
        writeln!(out, "{}  {} {what}", &file.sha256[..16], file.path.display())?;
    }
    Ok(())
}

fn say(progress: &Progress) {
    match progress {
        Progress::Downloading { dataset } => {
            terminal::say(format_args!("downloading {dataset} (or finding it in the cache)"))
        }
        Progress::Converting { done, total, .. } if done % 10_000 == 0 => {
            terminal::say(format_args!("{done} of {total} images converted"));
        }
        Progress::Converting { .. } => {}
        Progress::Kept { path } => terminal::say(format_args!("{} is there and kept", path.display())),
        Progress::Written { path } => terminal::say(format_args!("{} written", path.display())),
    }
}
