//! CUDA C of a rule.

use crate::expression::{Input, Node, Traced};
use crate::program::{Program, Symbol};
use std::fmt::Write;

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
    if numbered || state.starts_with("state_") || TAKEN.contains(&state) {
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
         // Launch with any grid; x runs over elements, y over replicas.\n",
        scalars.len(),
        scalars.join(", ")
    );
    let [first, step] = kernel_names(name);
    kernel(program, &first, &program.first, &mut text);
    kernel(program, &step, &program.step, &mut text);
    text
}

fn kernel(program: &Program, name: &str, traced: &Traced, text: &mut String) {
    let Program { states, scalars, .. } = program;
    let states: &Vec<String> = &states.iter().map(|state| identifier(state)).collect();
    let uses = traced.uses();
    let mut line = |indent: usize, content: &str| {
        text.push_str(&"    ".repeat(indent));
        text.push_str(content);
        text.push('\n');
    };
    line(0, "");
    line(0, &format!("extern \"C\" __global__ void {name}("));
    line(1, "float *__restrict__ theta, const float *__restrict__ g,");
    for state in states {
        line(1, &format!("float *__restrict__ {state},"));
    }
    line(1, "const float *__restrict__ scalars, unsigned long long elements, unsigned int replicas) {");
    line(1, "for (unsigned int r = blockIdx.y; r < replicas; r += gridDim.y) {");
    for (id, node) in traced.nodes.iter().enumerate() {
        if let (Node::Input(Input::Scalar(index)), true) = (node, uses[id] > 0) {
            let name = &scalars[*index].name;
            line(2, &format!("const float {name} = scalars[(size_t)r * {} + {index}];", scalars.len()));
        }
    }
    line(2, "const size_t base = (size_t)r * elements;");
    line(2, "const size_t stride = (size_t)gridDim.x * blockDim.x;");
    line(2, "for (size_t e = (size_t)blockIdx.x * blockDim.x + threadIdx.x; e < elements; e += stride) {");
    line(3, "const size_t i = base + e;");
    for (id, node) in traced.nodes.iter().enumerate() {
        if uses[id] == 0 || matches!(node, Node::Input(Input::Scalar(_) | Input::Zero)) {
            continue;
        }
        line(3, &format!("const float t{id} = {};", value(traced, id, states, scalars)));
    }
    if let Some(theta) = traced.theta {
        line(3, &format!("theta[i] = {};", operand(traced, theta, scalars)));
    }
    for (state, &id) in states.iter().zip(&traced.states) {
        line(3, &format!("{state}[i] = {};", operand(traced, id, scalars)));
    }
    line(2, "}");
    line(1, "}");
    line(0, "}");
}

/// How a node is referred to.
fn operand(traced: &Traced, id: usize, scalars: &[Symbol]) -> String {
    match traced.nodes[id] {
        Node::Input(Input::Scalar(index)) => scalars[index].name.clone(),
        Node::Input(Input::Zero) => "0.0f".to_owned(),
        _ => format!("t{id}"),
    }
}

/// How a node is computed.
fn value(traced: &Traced, id: usize, states: &[String], scalars: &[Symbol]) -> String {
    let operand = |id| operand(traced, id, scalars);
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match traced.nodes[id] {
        Node::Input(Input::Theta) => write!(text, "theta[i]"),
        Node::Input(Input::Gradient) => write!(text, "g[i]"),
        Node::Input(Input::State(index)) => write!(text, "{}[i]", states[index]),
        Node::Input(Input::Scalar(_) | Input::Zero) => write!(text, "{}", operand(id)),
        Node::Add(a, b) => write!(text, "__fadd_rn({}, {})", operand(a), operand(b)),
        Node::Sub(a, b) => write!(text, "__fsub_rn({}, {})", operand(a), operand(b)),
        Node::Mul(a, b) => write!(text, "__fmul_rn({}, {})", operand(a), operand(b)),
        Node::Div(a, b) => write!(text, "__fdiv_rn({}, {})", operand(a), operand(b)),
        Node::Neg(a) => write!(text, "-{}", operand(a)),
        Node::Sqrt(a) => write!(text, "__fsqrt_rn({})", operand(a)),
        Node::Maximum(a, b) => {
            write!(text, "{} > {} ? {} : {}", operand(a), operand(b), operand(a), operand(b))
        }
        Node::Abs(a) => write!(text, "fabsf({})", operand(a)),
        Node::Sign(a) => {
            write!(text, "{} > 0.0f ? 1.0f : {} < 0.0f ? -1.0f : {}", operand(a), operand(a), operand(a))
        }
        Node::Positive(a) => write!(text, "{} > 0.0f ? 1.0f : 0.0f", operand(a)),
    };
    text
}
