//! The data sets whose files somebody publishes.

use super::{Download, FileInfo, Info, Origin};
use crate::text::shakespeare;

const fn file(name: &'static str, training: bool, bytes: u64, sha256: &'static str) -> FileInfo {
    FileInfo { name, training, bytes, sha256 }
}

const fn archive(name: &'static str, bytes: u64, sha256: &'static str) -> Download {
    Download { name, base: TORONTO, bytes, sha256, archive: true }
}

const fn download(base: &'static str, name: &'static str, bytes: u64, sha256: &'static str) -> Download {
    Download { name, base, bytes, sha256, archive: false }
}

const TORONTO: &str = "https://www.cs.toronto.edu/~kriz/";
/// The mirror that torchvision uses.
const MNIST_MIRROR: &str = "https://ossci-datasets.s3.amazonaws.com/mnist/";

const KRIZHEVSKY: &str =
    "A. Krizhevsky, Learning multiple layers of features from tiny images, University of Toronto, 2009";
const NO_LICENCE: &str = "none stated by the publisher; used for research, with citation";
const ZALANDO: &str = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion/";
const KARPATHY: &str = "https://raw.githubusercontent.com/karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/";
const SHAKESPEARE: &str = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed";

pub(super) static ALL: [Info; 5] = [
    Info {
        name: "cifar10",
        title: "CIFAR-10: photographs of ten kinds of animals and vehicles",
        origin: Origin::Published,
        train: 50_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 3,
        folder: "cifar-10-batches-bin",
        // The sums of the single files are those of the Ruby port of torchvision, which refuses others; the publisher
        // gives the archive's.
        files: &[
            file(
                "data_batch_1.bin",
                true,
                30_730_000,
                "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            ),
            file(
                "data_batch_2.bin",
                true,
                30_730_000,
                "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            ),
            file(
                "data_batch_3.bin",
                true,
                30_730_000,
                "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            ),
            file(
                "data_batch_4.bin",
                true,
                30_730_000,
                "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            ),
            file(
                "data_batch_5.bin",
                true,
                30_730_000,
                "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            ),
            file(
                "test_batch.bin",
                false,
                30_730_000,
                "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
            ),
        ],
        downloads: &[archive(
            "cifar-10-binary.tar.gz",
            170_052_171,
            "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        )],
        source: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz, MD5 c32a1d4ab5d03f1284b67883e8d87530",
        licence: NO_LICENCE,
        citation: KRIZHEVSKY,
    },
    Info {
        name: "cifar100",
        title: "CIFAR-100: photographs of a hundred kinds of things",
        origin: Origin::Published,
        train: 50_000,
        test: 10_000,
        classes: 100,
        side: 32,
        channels: 3,
        folder: "cifar-100-binary",
        files: &[
            file(
                "train.bin",
                true,
                153_700_000,
                "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
            ),
            file(
                "test.bin",
                false,
                30_740_000,
                "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
            ),
        ],
        downloads: &[archive(
            "cifar-100-binary.tar.gz",
            168_513_733,
            "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        )],
        source: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz, MD5 03b5dce01913d631647c71ecec9e9cb8",
        licence: NO_LICENCE,
        citation: KRIZHEVSKY,
    },
    Info {
        name: "mnist",
        title: "MNIST: handwritten digits, 28×28 centred on 32×32",
        origin: Origin::Published,
        train: 60_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 1,
        folder: "mnist",
        // The contents behind the four archives whose MD5 torchvision publishes (f68b3c2d…, d53e105e…,
        // 9fb629c4…, ec29112d…).
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                true,
                47_040_016,
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                true,
                60_008,
                "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                false,
                7_840_016,
                "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                false,
                10_008,
                "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            ),
        ],
        downloads: &[
            download(
                MNIST_MIRROR,
                "train-images-idx3-ubyte.gz",
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            download(
                MNIST_MIRROR,
                "train-labels-idx1-ubyte.gz",
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            download(
                MNIST_MIRROR,
                "t10k-images-idx3-ubyte.gz",
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            download(
                MNIST_MIRROR,
                "t10k-labels-idx1-ubyte.gz",
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ],
        source: MNIST_MIRROR,
        licence: "CC BY-SA 3.0",
        citation: "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, Gradient-based learning applied to document \
                   recognition, Proceedings of the IEEE 86(11), 1998",
    },
    Info {
        name: "fashion-mnist",
        title: "Fashion-MNIST: articles of clothing, 28×28 centred on 32×32",
        origin: Origin::Published,
        train: 60_000,
        test: 10_000,
        classes: 10,
        side: 32,
        channels: 1,
        folder: "fashion-mnist",
        // The publisher gives the MD5 of the archives (8d4fb7e6…, 25c81989…, bef4ecab…, bb300cfd…). The sums of the labels
        // were taken from the files of its repository; those of the images, archives and contents, are what public
        // projects that check them agree on, beside the same MD5 and the same sums of the labels.
        files: &[
            file(
                "train-images-idx3-ubyte.gz",
                true,
                47_040_016,
                "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            ),
            file(
                "train-labels-idx1-ubyte.gz",
                true,
                60_008,
                "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            ),
            file(
                "t10k-images-idx3-ubyte.gz",
                false,
                7_840_016,
                "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            ),
            file(
                "t10k-labels-idx1-ubyte.gz",
                false,
                10_008,
                "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
            ),
        ],
        downloads: &[
            download(
                ZALANDO,
                "train-images-idx3-ubyte.gz",
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            download(
                ZALANDO,
                "train-labels-idx1-ubyte.gz",
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            download(
                ZALANDO,
                "t10k-images-idx3-ubyte.gz",
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            download(
                ZALANDO,
                "t10k-labels-idx1-ubyte.gz",
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ],
        source: "https://github.com/zalandoresearch/fashion-mnist",
        licence: "MIT",
        citation: "H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking machine learning \
                   algorithms, arXiv 1708.07747, 2017",
    },
    Info {
        name: "tiny-shakespeare",
        title: "tiny Shakespeare: a megabyte of his plays, a character a token",
        origin: Origin::Published,
        train: 13_942,
        test: 1_742,
        classes: shakespeare::CHARACTERS,
        side: 0,
        channels: 1,
        folder: "tiny-shakespeare",
        // The sum was taken from the file of the publisher's repository.
        files: &[file("input.txt", true, shakespeare::LENGTH as u64, SHAKESPEARE)],
        downloads: &[download(KARPATHY, "input.txt", shakespeare::LENGTH as u64, SHAKESPEARE)],
        source: "https://github.com/karpathy/char-rnn, data/tinyshakespeare/input.txt",
        licence: "the plays are in the public domain; the repository, MIT",
        citation: "A. Karpathy, char-rnn, https://github.com/karpathy/char-rnn, 2015",
    },
];
