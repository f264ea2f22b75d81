//! The data sets that are made, and the text of the user's.

use super::{Info, Origin};

pub(super) static ALL: [Info; 6] = [
    Info {
        name: "shapes",
        title: "shapes: two procedural figures in five textures, made on the spot",
        train: crate::shapes::TRAIN,
        test: crate::shapes::TEST,
        classes: crate::shapes::CLASSES,
        side: crate::shapes::SIDE,
        channels: crate::shapes::CHANNELS,
        ..MADE
    },
    Info {
        name: "curves",
        title: "curves: smooth random strokes, 28×28 and grey, made on the spot, for autoencoders",
        train: crate::curves::TRAIN,
        test: crate::curves::TEST,
        side: crate::curves::SIDE,
        ..MADE
    },
    Info {
        name: "noise",
        title: "noise: vectors of independent bytes close to normal, made on the spot, for a noisy quadratic",
        train: crate::noise::TRAIN,
        test: crate::noise::TEST,
        ..MADE
    },
    Info {
        name: "modular",
        title: "modular: x + y, x − y, x·y or x/y modulo p, told from part of the table",
        train: 4705,
        test: 3763,
        classes: 97,
        citation: "A. Power, Y. Burda, H. Edwards, I. Babuschkin, V. Misra, Grokking: generalization beyond overfitting \
                   on small algorithmic datasets, arXiv 2201.02177, 2022",
        ..MADE
    },
    Info {
        name: "grammar",
        title: "grammar: text of a random grammar with nested clauses, whose entropy is known exactly",
        train: 4096,
        test: 512,
        classes: crate::grammar::VOCABULARY,
        ..MADE
    },
    Info {
        name: "text",
        title: "text: a file of yours under the data directory, a character or a byte a token",
        origin: Origin::Yours,
        classes: 0,
        source: "yours",
        licence: "that of your file",
        citation: "your file",
        ..MADE
    },
];

/// What is made has no files.
const MADE: Info = Info {
    name: "",
    title: "",
    origin: Origin::Made,
    train: 0,
    test: 0,
    classes: 1,
    side: 0,
    channels: 1,
    folder: "",
    files: &[],
    downloads: &[],
    source: "part of this suite",
    licence: "the suite's: MIT or Apache-2.0",
    citation: "this suite",
};
