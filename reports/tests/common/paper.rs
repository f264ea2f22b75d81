//! The small study with everything a paper brings: figures, claims, a search, computed pictures.

use super::*;

/// `manifest(seeds)` with roles, a selection, published bands, figures, claims, choices, tuning and exhibits.
pub fn study(seeds: u64) -> Manifest {
    let mut study = manifest(seeds);
    study.study = "inna-2021/fig3".into();
    study.label = Some("A small version: one small task, not the paper's experiment.".into());
    study.tasks[0].role = "cifar10".into();
    study.tasks[1].role = "toy".into();
    study.tasks[0].selections = vec![Selection {
        name: "best".into(),
        of: vec!["sgd".into(), "inna".into()],
        lowest: "train_loss".into(),
    }];
    study.tasks[0].paper = vec![
        published("SGD", "log10_train_loss", |x| 0.36 - 0.07 * x, 0.05, None),
        published("INNA(0.5,0.1)", "log10_train_loss", |x| 0.36 - 0.09 * x, 0.05, None),
        published("ADAM", "log10_train_loss", |x| 0.36 - 0.1 * x, 0.0, Some("another budget: 200 epochs")),
        published("INNA(0.5,0.1)", "test_accuracy", |x| 0.1 + 0.04 * x, 0.1, None),
    ];
    study.tasks[0].choices = vec![choice("initialisation", "he-normal", "The law is not given.")];
    study.choices = vec![choice("precision", "f32", "Not stated; what the framework did.")];
    study.tasks[0].tuning = Some(tuning());
    study.figures = vec![figure()];
    study.claims = Some(claims());
    study.theory = vec!["stability".into()];
    study.exhibits = vec![exhibit(), paths()];
    study
}

fn choice(key: &str, value: &str, reason: &str) -> Choice {
    Choice { key: key.into(), value: value.into(), reason: reason.into() }
}

fn published(
    run: &str,
    metric: &str,
    at: impl Fn(f64) -> f64,
    half: f64,
    incomparable: Option<&str>,
) -> PublishedCurve {
    let x: Vec<f64> = (0..=20).map(f64::from).collect();
    let y: Vec<f64> = x.iter().map(|x| at(*x)).collect();
    PublishedCurve {
        entry: run.into(),
        figure: "fig3".into(),
        metric: metric.into(),
        band: if half > 0.0 { y.iter().map(|y| [y - half, y + half]).collect() } else { vec![] },
        x,
        y,
        incomparable: incomparable.map(String::from),
        tolerance: 0.01,
        source: "Castera et al. 2021, figure 3, read from the vector drawing".into(),
    }
}

fn figure() -> PaperFigure {
    let line = |entry: &str, run: Option<&str>, title: Option<&str>| PaperLine {
        entry: entry.into(),
        run: run.map(String::from),
        title: title.map(String::from),
        colour: None,
        dash: None,
    };
    let lines = || {
        vec![
            line("sgd", Some("SGD"), None),
            line("adam", Some("ADAM"), None),
            PaperLine {
                dash: Some("dash-dot".into()),
                ..line("best", Some("INNA(0.5,0.1)"), Some("best INNA"))
            },
        ]
    };
    let panel = |task: &str, title: &str, metric: &str, range: [f64; 2]| PaperPanel {
        task: task.into(),
        title: title.into(),
        metric: metric.into(),
        published: "fig3".into(),
        range,
        lines: lines(),
    };
    PaperFigure {
        name: "figure-3".into(),
        title: "Figure 3: against the competitors".into(),
        caption: "Training loss and test accuracy per epoch.".into(),
        columns: 2,
        panels: vec![
            panel("cifar10", "CIFAR-10, training", "train_loss", [-1.1, 0.4]),
            panel("mnist", "MNIST, training", "train_loss", [-3.0, 0.5]),
            panel("cifar10", "CIFAR-10, test", "test_accuracy", [0.1, 0.8]),
            panel("mnist", "MNIST, test", "test_accuracy", [0.95, 1.0]),
        ],
    }
}

pub fn comparison(metric: &str, at: &[f64], entry: &str, is: Relation, than: &str) -> Comparison {
    Comparison { metric: metric.into(), at: at.to_vec(), entry: entry.into(), is, than: than.into() }
}

pub fn claim(name: &str, tasks: &[&str], on: Quantifier, comparisons: Vec<Comparison>) -> Claim {
    Claim {
        source: None,
        name: name.into(),
        statement: format!("The claim named {name}."),
        section: "5.2.2".into(),
        figure: "Figure 3".into(),
        tasks: tasks.iter().map(|t| t.to_string()).collect(),
        on,
        comparisons,
        factors: Vec::new(),
    }
}

fn claims() -> Claims {
    use Relation::{Equivalent, Higher, Lower};
    let all = Quantifier::All;
    Claims {
        source: "Castera, Bolte, Févotte, Pauwels, JMLR 2021".into(),
        claims: vec![
            claim(
                "training",
                &["cifar10", "cifar100"],
                all,
                vec![comparison("train_loss", &[1.0], "inna", Lower, "sgd")],
            ),
            claim("reverse", &["cifar10"], all, vec![comparison("train_loss", &[0.5], "sgd", Lower, "inna")]),
            claim(
                "pair",
                &["cifar10"],
                all,
                vec![comparison("test_accuracy", &[1.0], "adam", Equivalent, "inna")],
            ),
            claim(
                "valley",
                &["toy"],
                Quantifier::Most,
                vec![
                    comparison("crossings", &[0.0, 1.0], "inna-a", Higher, "inna-c"),
                    comparison("log10_value", &[1.0], "inna-c", Lower, "inna-a"),
                ],
            ),
            claim(
                "elsewhere",
                &["mnist"],
                all,
                vec![comparison("test_accuracy", &[1.0], "best", Higher, "sgd")],
            ),
        ],
        errata: vec![Erratum {
            place: "Figure 1, panels (a) and (b)".into(),
            printed: "α = 0.5".into(),
            found: "The drawn curves are those of α = 0.3.".into(),
        }],
    }
}

fn tuning() -> Tuning {
    let trial = |value: f64, repetition: u64, score: Option<f64>| Trial {
        value,
        others: std::collections::BTreeMap::new(),
        repetition,
        score,
        refined: false,
    };
    let search = |entry: &str, chosen: f64, on_edge: bool, shift: f64| Search {
        settings: Value::Null,
        reason: "half-decades around the default".into(),
        entry: entry.into(),
        hyper: "learning_rate".into(),
        chosen,
        others: std::collections::BTreeMap::new(),
        space: std::collections::BTreeMap::new(),
        extensions: u32::from(on_edge),
        on_edge,
        trials: [0.001_f64, 0.01, 0.1]
            .iter()
            .flat_map(|v| {
                [1000, 1001].map(|r| {
                    let diverged = *v == 0.1 && shift > 0.0 && r == 1001;
                    let score = 0.5 + (v.log10() + 2.0 - shift).powi(2) + 0.01 * (r - 1000) as f64;
                    trial(*v, r, (!diverged).then_some(score))
                })
            })
            .collect(),
    };
    Tuning {
        problem: String::new(),
        refine: 0,
        drawn: 0,
        criterion: "train_loss".into(),
        epochs: 5,
        repetitions: vec![1000, 1001],
        searches: vec![
            search("sgd", 0.1, true, 1.0),
            search("adam", 0.01, false, 0.0),
            search("inna", 0.01, false, 0.1),
        ],
    }
}

fn axis(label: &str, logarithmic: bool, range: Option<[f64; 2]>) -> ExhibitAxis {
    ExhibitAxis { label: label.into(), logarithmic, range }
}

/// A heat map with a hole, and lines with a break on logarithmic axes.
pub fn exhibit() -> Exhibit {
    let steps = [0.001, 0.01, 0.1];
    Exhibit {
        name: "stability".into(),
        title: "Where does the iteration stay bounded?".into(),
        method: vec![
            "The iteration is run on θ²/2.".into(),
            "A cell is the logarithm of the last value.".into(),
        ],
        findings: vec![
            Finding { text: "The boundary lies at γ = 2.".into(), holds: Some(true) },
            Finding { text: "The rate is 0.9, not 1.".into(), holds: Some(false) },
            Finding { text: "Nine cells were computed.".into(), holds: None },
        ],
        columns: 2,
        panels: vec![
            ExhibitPanel {
                title: "Last value".into(),
                description: "Last value by step size and α".into(),
                x: axis("step size", true, None),
                y: axis("α", false, None),
                background: Some(Background::Cells(Cells {
                    x: steps.to_vec(),
                    y: vec![0.1, 0.5, 0.9],
                    values: (0..9).map(|k| (k != 8).then_some(f64::from(k) * 0.5 - 1.0)).collect(),
                    legend: "log₁₀ of the last value".into(),
                    none: "diverged".into(),
                    print: true,
                })),
                lines: vec![ExhibitLine {
                    label: "predicted boundary".into(),
                    colour: "#c8102e".into(),
                    dash: "dashed".into(),
                    marks: false,
                    points: vec![[0.02, 0.0], [0.05, 1.0]],
                }],
            },
            ExhibitPanel {
                title: "Error against steps".into(),
                description: "Error against steps, two methods".into(),
                x: axis("steps", true, Some([1.0, 1000.0])),
                y: axis("error", true, None),
                background: None,
                lines: vec![
                    ExhibitLine {
                        label: "measured".into(),
                        colour: "#0072b2".into(),
                        dash: "solid".into(),
                        marks: true,
                        points: (0..10).map(|k| [2_f64.powi(k), 0.5_f64.powi(k)]).collect(),
                    },
                    ExhibitLine {
                        label: "1 / k".into(),
                        colour: "#000000".into(),
                        dash: "dotted".into(),
                        marks: false,
                        points: vec![
                            [1.0, 1.0],
                            [10.0, 0.1],
                            [f64::NAN, 1.0],
                            [100.0, 0.01],
                            [1000.0, 0.001],
                        ],
                    },
                ],
            },
        ],
        table: Some(ExhibitTable {
            columns: vec!["γ".into(), "rate".into()],
            rows: vec![vec!["0.1".into(), "0.90".into()]],
        }),
        source: "Castera et al. 2021, section 3".into(),
    }
}

/// A trajectory on level sets.
fn paths() -> Exhibit {
    let size = [21, 21];
    let values =
        (0..441).map(|k| (k % 21) as f64 * 0.1 + ((k / 21) as f64 - 10.0).powi(2) * 0.01 + 0.1).collect();
    Exhibit {
        name: "paths".into(),
        title: "Where do the iterates go?".into(),
        method: vec![],
        findings: vec![],
        columns: 1,
        panels: vec![ExhibitPanel {
            title: "One path".into(),
            description: "A path on level sets".into(),
            x: axis("θ₁", false, None),
            y: axis("θ₂", false, None),
            background: Some(Background::Levels {
                grid: Grid { x: [0.0, 2.0], y: [-1.0, 1.0], size, values },
            }),
            lines: vec![ExhibitLine {
                label: "INNA".into(),
                colour: "#0072b2".into(),
                dash: "solid".into(),
                marks: false,
                points: (0..2000)
                    .map(|k| {
                        let t = f64::from(k) / 100.0;
                        [1.0 + 0.04 * t * t.cos(), 0.04 * t * t.sin()]
                    })
                    .collect(),
            }],
        }],
        table: None,
        source: "Castera 2021".into(),
    }
}
