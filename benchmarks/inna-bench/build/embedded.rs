//! The configurations that the program has in itself.

use std::error::Error;
use std::path::Path;

/// Folders of `configs` that are embedded. Not the executors': a cluster's settings are of the place where it stands.
const KINDS: [&str; 5] = ["studies", "tasks", "optimizers", "tuned", "published"];

/// Rust of the files under `configs`, by their paths there.
pub fn source(configs: &Path) -> Result<String, Box<dyn Error>> {
    let mut files = Vec::new();
    for kind in KINDS {
        collect(&configs.join(kind), kind, &mut files)?;
    }
    files.sort();
    let mut text = "pub static FILES: harness::BuiltIn = &[\n".to_owned();
    for name in files {
        text.push_str(&format!(
            "    ({name:?}, include_str!({:?})),\n",
            configs.join(&name).display().to_string()
        ));
    }
    text.push_str("];\n");
    Ok(text)
}

fn collect(folder: &Path, name: &str, files: &mut Vec<String>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let file =
            entry.file_name().into_string().map_err(|name| format!("{} is no text", name.display()))?;
        let name = format!("{name}/{file}");
        if file.starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(&entry.path(), &name, files)?;
        } else if file.ends_with(".yaml") || name.starts_with("published/") {
            files.push(name);
        }
    }
    Ok(())
}
