//! CUDA C of a rule.

mod segments;

pub use segments::{SegmentKernels, SegmentNames};
pub(crate) use segments::{Step, Variant};

use crate::expression::{Input, Node, Traced};
use crate::program::Program;

/// The names of the two kernels of the optimizer `name`: for the first step and for later ones.
pub fn kernel_names(name: &str) -> [String; 2] {
    let word = name.replace('-', "_");
    [format!("{word}_first"), format!("{word}_step")]
}

/// Words that a kernel uses for something else, and those of C.
const TAKEN: &[&str] = &[
    "theta",
    "g",
    "scalars",
    "elements",
    "replicas",
    "r",
    "base",
    "stride",
    "e",
    "i",
    "auto",
    "break",
    "case",
    "char",
    "class",
    "const",
    "continue",
    "default",
    "delete",
    "do",
    "double",
    "else",
    "enum",
    "extern",
    "float",
    "for",
    "friend",
    "goto",
    "if",
    "inline",
    "int",
    "long",
    "new",
    "operator",
    "private",
    "protected",
    "public",
    "register",
    "return",
    "short",
    "signed",
    "sizeof",
    "static",
    "struct",
    "switch",
    "template",
    "this",
    "throw",
    "try",
    "typedef",
    "typename",
    "union",
    "unsigned",
    "using",
    "virtual",
    "void",
    "volatile",
    "while",
    "bool",
    "true",
    "false",
    "asm",
    "namespace",
    "not",
    "and",
    "or",
    "xor",
    "mutable",
    "explicit",
    "export",
    "catch",
    "restrict",
    "constexpr",
    "nullptr",
    "size_t",
    "fabsf",
    "fabs",
    "threadIdx",
    "blockIdx",
    "blockDim",
    "gridDim",
];

/// What a state is called in a kernel.
fn identifier(state: &str) -> String {
    let numbered = state
        .strip_prefix(['t', 's'])
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()) && !rest.is_empty());
    // What ends like that is the kernels' own.
    let own = state.ends_with('_');
    if numbered || own || state.starts_with("state_") || TAKEN.contains(&state) {
        format!("state_{state}")
    } else {
        state.to_owned()
    }
}

/// Both kernels of `program`, named as [`kernel_names`] says.
///
/// Arithmetic is written with the `_rn` intrinsics, which the compiler never contracts to a fused
/// multiply-add, and operation by operation in the order of the trace: the kernel gives the bits of the CPU step.
pub(crate) fn source(program: &Program, name: &str) -> String {
    let scalars: Vec<&str> = program.scalars.iter().map(|scalar| scalar.name.as_str()).collect();
    let mut text = format!(
        "// Generated from the update rule `{name}`.\n\
         // theta, g and the states are [replicas, elements], scalars is [replicas, {}]: {}.\n\
         // Launch with any grid; x runs over elements four at a time, of which there are a multiple, y over replicas.\n",
        scalars.len(),
        scalars.join(", ")
    );
    text.push_str(FOURS);
    let [first, step] = kernel_names(name);
    kernel(program, &first, &program.first, &mut text);
    kernel(program, &step, &program.step, &mut text);
    text
}

/// Numbers that lie side by side, by one load or store.
const FOURS: &str = "
#define LOAD4_(to, from) { const float4 four__ = *(const float4 *)(from); to[0] = four__.x, to[1] = four__.y, to[2] = four__.z, to[3] = four__.w; }
#define STORE4_(to, from) { const float4 four__ = {from[0], from[1], from[2], from[3]}; *(float4 *)(to) = four__; }
";

fn kernel(program: &Program, name: &str, traced: &Traced, text: &mut String) {
    let Program { states, scalars, .. } = program;
    let states: &Vec<String> = &states.iter().map(|state| identifier(state)).collect();
    let mut lines = Lines(text);
    lines.line(0, "");
    lines.line(0, &format!("extern \"C\" __global__ void {name}("));
    lines.line(1, "float *__restrict__ theta, const float *__restrict__ g,");
    for state in states {
        lines.line(1, &format!("float *__restrict__ {state},"));
    }
    lines.line(1, "const float *__restrict__ scalars, unsigned long long elements, unsigned int replicas) {");
    lines.line(1, "for (unsigned int r = blockIdx.y; r < replicas; r += gridDim.y) {");
    for index in traced.scalars_used() {
        let name = &scalars[index].name;
        lines.line(2, &format!("const float {name} = scalars[(size_t)r * {} + {index}];", scalars.len()));
    }
    lines.line(2, "const size_t base = (size_t)r * elements;");
    lines.line(2, "const size_t stride = (size_t)gridDim.x * blockDim.x;");
    lines.line(
        2,
        "for (size_t e = (size_t)blockIdx.x * blockDim.x + threadIdx.x; e < elements / 4; e += stride) {",
    );
    let read = traced.inputs_read();
    let arrays = [("theta", Input::Theta), ("g", Input::Gradient)].into_iter();
    let of_states = states.iter().enumerate().map(|(place, state)| (state.as_str(), Input::State(place)));
    for (name, input) in arrays.chain(of_states) {
        lines.line(3, &format!("float {name}_4_[4];"));
        if read.contains(&input) {
            lines.line(3, &format!("LOAD4_({name}_4_, {name} + base + 4 * e)"));
        }
    }
    lines.line(3, "_Pragma(\"unroll\") for (unsigned int i = 0; i < 4; i++) {");
    let words =
        Words { states, scalars: &|index| scalars[index].name.clone(), width: Width::Single, suffix: "_4_" };
    lines.element(traced, &words, 4);
    lines.line(3, "}");
    let theta = traced.theta.map(|_| "theta");
    for name in theta.into_iter().chain(states.iter().map(String::as_str)) {
        lines.line(3, &format!("STORE4_({name} + base + 4 * e, {name}_4_)"));
    }
    lines.line(2, "}");
    lines.line(1, "}");
    lines.line(0, "}");
}

/// The precision of some operations.
#[derive(Clone, Copy, PartialEq)]
enum Width {
    Single,
    Double,
}

/// What inputs are called.
struct Words<'a> {
    states: &'a [String],
    scalars: &'a dyn Fn(usize) -> String,
    width: Width,
    /// What follows the name of an array.
    suffix: &'a str,
}

/// The text of a kernel.
struct Lines<'a>(&'a mut String);

impl Lines<'_> {
    fn line(&mut self, indent: usize, content: &str) {
        self.0.push_str(&"    ".repeat(indent));
        self.0.push_str(content);
        self.0.push('\n');
    }

    /// The operations of a trace, each a constant.
    fn operations(&mut self, traced: &Traced, words: &Words<'_>, indent: usize) {
        let kind = if words.width == Width::Single { "float" } else { "double" };
        for ((id, node), uses) in traced.nodes.iter().enumerate().zip(traced.uses()) {
            if uses > 0 && !matches!(node, Node::Input(Input::Scalar(_) | Input::Zero)) {
                self.line(indent, &format!("const {kind} t{id} = {};", words.value(traced, id)));
            }
        }
    }

    /// What is computed for element `i`, and written to its place.
    fn element(&mut self, traced: &Traced, words: &Words<'_>, indent: usize) {
        let suffix = words.suffix;
        self.operations(traced, words, indent);
        if let Some(theta) = traced.theta {
            self.line(indent, &format!("theta{suffix}[i] = {};", words.operand(traced, theta)));
        }
        for (state, &id) in words.states.iter().zip(&traced.states) {
            self.line(indent, &format!("{state}{suffix}[i] = {};", words.operand(traced, id)));
        }
    }
}

impl Words<'_> {
    /// How a node is referred to.
    fn operand(&self, traced: &Traced, id: usize) -> String {
        match traced.nodes[id] {
            Node::Input(Input::Scalar(index)) => (self.scalars)(index),
            Node::Input(Input::Zero) => self.number("0.0"),
            _ => format!("t{id}"),
        }
    }

    fn number(&self, text: &str) -> String {
        if self.width == Width::Single { format!("{text}f") } else { text.to_owned() }
    }

    /// How a node is computed.
    fn value(&self, traced: &Traced, id: usize) -> String {
        let operand = |id| self.operand(traced, id);
        let letter = if self.width == Width::Single { 'f' } else { 'd' };
        let call = |name: &str, a, b| format!("__{letter}{name}_rn({}, {})", operand(a), operand(b));
        let (zero, one, suffix) = (self.number("0.0"), self.number("1.0"), self.suffix);
        match traced.nodes[id] {
            Node::Input(Input::Theta) => format!("theta{suffix}[i]"),
            Node::Input(Input::Gradient) => format!("g{suffix}[i]"),
            Node::Input(Input::State(index)) => format!("{}{suffix}[i]", self.states[index]),
            Node::Input(Input::Scalar(_) | Input::Zero) => operand(id),
            Node::Input(Input::Sum(index)) => format!("sum_{index}_"),
            Node::Input(Input::Memory(index)) => format!("own_[{index}]"),
            Node::Input(Input::Count) => "(double)segment_[2]".into(),
            Node::Add(a, b) => call("add", a, b),
            Node::Sub(a, b) => call("sub", a, b),
            Node::Mul(a, b) => call("mul", a, b),
            Node::Div(a, b) => call("div", a, b),
            Node::Neg(a) => format!("-{}", operand(a)),
            Node::Sqrt(a) => format!("__{letter}sqrt_rn({})", operand(a)),
            Node::Maximum(a, b) => format!("{0} > {1} ? {0} : {1}", operand(a), operand(b)),
            Node::Abs(a) => format!("{}({})", if letter == 'f' { "fabsf" } else { "fabs" }, operand(a)),
            Node::Sign(a) => format!("{0} > {zero} ? {one} : {0} < {zero} ? -{one} : {0}", operand(a)),
            Node::Positive(a) => format!("{} > {zero} ? {one} : {zero}", operand(a)),
        }
    }
}
