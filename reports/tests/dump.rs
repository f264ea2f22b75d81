mod common;
#[test]
fn dump() {
    if let Ok(out) = std::env::var("DUMP") {
        for (name, seeds, take) in [("full", 5, usize::MAX), ("none", 5, 0), ("three", 3, 7)] {
            let m = common::manifest(seeds);
            let r: Vec<_> = common::records(&m).into_iter().take(take).collect();
            let b = reports::build(&m, &r, &std::path::Path::new(&out).join(name)).unwrap();
            for f in &b.files {
                println!("{} {}", f.0.display(), f.1);
            }
            println!("{}", reports::terminal_table(&b.report));
        }
    }
}
