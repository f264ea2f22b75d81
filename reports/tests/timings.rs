//! Step times: what pages say of them, and what they never put side by side.

#![allow(clippy::unwrap_used)]

mod common;

use common::{made, manifest, name, read, records, timing};
use records::{Manifest, Record, Timing};
use reports::view::StandingView;
use reports::{Report, terminal_table};

fn report(study: &Manifest, records: &[Record]) -> Report {
    made(study, records).0.report
}

/// Time per step, its range and its ratio to plain SGD, as the general table has them.
fn row<'a>(report: &'a Report, key: &str) -> (Option<&'a str>, Option<String>, Option<&'a str>) {
    let rows = &report.standings.as_ref().unwrap().rows;
    let StandingView { step_ms, step_range, step_ratio, .. } =
        rows.iter().find(|row| row.key == key).unwrap();
    (step_ms.as_deref(), step_range.as_ref().map(|range| range.join(" to ")), step_ratio.as_deref())
}

#[test]
fn the_tables_have_medians_ranges_and_ratios() {
    let mut study = manifest(2);
    study.timings = vec![timing(&study.tasks[0], "cpu", &[("sgd", 20.0), ("inna", 30.0)])];
    let (built, folder) = made(&study, &records(&study));
    assert_eq!(row(&built.report, "sgd"), (Some("20.0"), Some("15.0 to 30.0".into()), Some("1.00×")));
    assert_eq!(row(&built.report, "inna"), (Some("30.0"), Some("22.5 to 45.0".into()), Some("1.50×")));
    assert_eq!(row(&built.report, "adam"), (None, None, None));
    // 25 lies within 15 to 30, and 20 within 18.75 to 37.5: not told apart.
    study.timings = vec![timing(&study.tasks[0], "cpu", &[("sgd", 20.0), ("inna", 25.0)])];
    assert_eq!(row(&report(&study, &records(&study)), "inna").2, Some("≈ 1×"));
    study.timings = vec![timing(&study.tasks[0], "cpu", &[("sgd", 20.0), ("inna", 30.0)])];
    let how = "median of 7 rounds on Some CPU (cpu, 2 threads), 2026-11-25";
    let index = read(&folder, "index.html");
    assert!(index.contains(&format!("Time per step on Shapes: {how}.</caption>")));
    assert!(index.contains("<td title=\"22.5 to 45.0 ms\">30.0</td><td>1.50×</td>"));
    let inna = read(&folder, "optimizer-inna.html");
    assert!(inna.contains(&format!("Time per step on Shapes: {how}.</caption>")));
    assert!(inna.contains("30.0 ms on Shapes, 1.50× that of plain SGD"));
    assert!(read(&folder, "provenance.html").contains("step times of nin-shapes"));
    let printed = terminal_table(&built.report);
    assert!(
        printed.contains("ms/step\n") && printed.contains(&format!("ms/step on Shapes: {how}\n")),
        "{printed}"
    );
    // Row by row in the table of runs; a quarter below and a half above the median.
    let table = read(&folder, "tables/runs.csv");
    let mut lines = table.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().unwrap();
    let at = |name: &str| head.iter().position(|column| *column == name).unwrap();
    let columns = ["entry", "ms_per_step", "ms_per_step_smallest", "ms_per_step_largest"].map(at);
    let sgd = lines.find(|line| line[columns[0]] == "sgd").unwrap();
    assert_eq!(columns.map(|k| sgd[k]), ["sgd", "20.0", "15.0", "30.0"]);
}

#[test]
fn a_ratio_never_spans_two_timings() {
    let mut study = manifest(2);
    let both = timing(&study.tasks[0], "cpu", &[("sgd", 20.0), ("inna", 30.0)]);
    let newer = |device: &str| Timing {
        started_unix_s: both.started_unix_s + 86_400,
        ..timing(&study.tasks[0], device, &[("inna", 5.0)])
    };
    let (cpu_without_inna, cuda) = (timing(&study.tasks[0], "cpu", &[("sgd", 20.0)]), newer("cuda"));
    // The runs were made on a CPU: its times count, though others are newer.
    study.timings = vec![cuda.clone(), both];
    let mut records = records(&study);
    assert_eq!(row(&report(&study, &records), "inna").2, Some("1.50×"));
    // An entry that is missing there is not taken from elsewhere.
    study.timings[1] = cpu_without_inna;
    assert_eq!(row(&report(&study, &records), "inna"), (None, None, None));
    assert_eq!(row(&report(&study, &records), "sgd").0, Some("20.0"));
    for record in &mut records {
        record.provenance.device = "cuda".into();
    }
    let on_cuda = report(&study, &records);
    assert_eq!((row(&on_cuda, "inna").0, row(&on_cuda, "inna").2), (Some("5.00"), None));
    assert_eq!(row(&on_cuda, "sgd"), (None, None, None));
}

#[test]
fn without_times_there_is_a_command_and_no_column() {
    let mut study = manifest(2);
    let other = Timing { batch_size: 16, ..study.timings[0].clone() };
    let odd = {
        let mut odd = study.timings[0].clone();
        odd.entries[0].median_ms = -1.0;
        odd
    };
    // None, those of other steps, and what no clock has measured.
    for timings in [vec![], vec![other], vec![odd]] {
        study.timings = timings;
        let (built, folder) = made(&study, &records(&study));
        assert_eq!(row(&built.report, "sgd"), (None, None, None));
        let (index, inna) = (read(&folder, "index.html"), read(&folder, "optimizer-inna.html"));
        for page in [&index, &inna] {
            assert!(page.contains(
                "The time of a step is not measured; <code>inna-bench time study quick</code> does."
            ));
            assert!(
                !["ms per<br>step", ">ms per step<", "against<br>SGD", ">against SGD<"]
                    .iter()
                    .any(|it| page.contains(it))
            );
        }
        let printed = terminal_table(&built.report);
        assert!(printed.contains("ms/step: not measured; inna-bench time study quick does\n"), "{printed}");
        assert!(!printed.contains("ms/step\n"));
    }
}

#[test]
fn a_busy_machine_is_said_and_so_is_one_that_cannot_be_known() {
    let mut study = manifest(2);
    let how = |study: &Manifest| report(study, &records(study)).standings.unwrap().timed_how.unwrap();
    assert!(how(&study).ends_with(", 2026-11-25"));
    (study.timings[0].others_cores, study.timings[0].busy) = (Some(1.234), true);
    assert!(how(&study).ends_with("2026-11-25, ON A BUSY MACHINE: other processes took 1.2 cores meanwhile"));
    (study.timings[0].others_cores, study.timings[0].busy) = (None, false);
    assert!(how(&study).ends_with("2026-11-25, whether the machine was idle is not known"));
    study.timings[0].accelerator = Some("Some GPU".into());
    study.timings[0].device = name("cuda");
    assert!(how(&study).contains("on Some CPU (cuda, Some GPU, 2 threads)"));
}

/// Every run of the fixture takes 42 s.
#[test]
fn durations_of_trainings_are_those_of_one_place() {
    let study = manifest(2);
    let trained = |records: &[Record]| {
        let report = report(&study, records);
        report.tasks[0].entries.iter().map(|entry| entry.training.clone()).collect::<Vec<_>>()
    };
    let whole = records(&study);
    assert_eq!(trained(&whole), [Some("42.0 s".to_owned()), Some("42.0 s".into()), Some("42.0 s".into())]);
    let spoils: [fn(&mut Record); 4] = [
        |record| record.provenance.machine.cpu = "Another CPU".into(),
        |record| record.provenance.device = "emulated".into(),
        |record| record.provenance.threads += 1,
        |record| record.provenance.jobs += 1,
    ];
    for spoil in spoils {
        let mut records = whole.clone();
        spoil(records.iter_mut().find(|r| r.specification.optimizer.name == "inna").unwrap());
        assert_eq!(trained(&records), [None, None, None]);
    }
}
