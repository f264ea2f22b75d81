//! A launcher for a kernel, written from the kernel's signature.

use crate::DeviceError;
use std::fmt::Write;

/// C of `launch_NAME`, which calls the kernel for every thread of the grid: one after the other, or those of a block together.
pub(super) fn launcher(source: &str, name: &str, works_together: bool) -> Result<String, DeviceError> {
    let types = argument_types(source, name)?;
    let call = |from: &str| {
        let arguments: Vec<String> =
            types.iter().enumerate().map(|(i, kind)| format!("*({kind} *){from}[{i}]")).collect();
        format!("{name}({})", arguments.join(", "))
    };
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = if works_together {
        write!(
            text,
            "static void thread_{name}(void) {{ {}; }}
const char *launch_{name}(const unsigned int *shape, void *const *a) {{ return run_grid(shape, a, thread_{name}); }}\n",
            call("block.arguments")
        )
    } else {
        write!(
            text,
            "const char *launch_{name}(const unsigned int *shape, void *const *a) {{
    gridDim = (dim3){{shape[0], shape[1], 1}};
    blockDim = (dim3){{shape[2], shape[3], 1}};
    for (unsigned int gy = 0; gy < shape[1]; gy++) for (unsigned int gx = 0; gx < shape[0]; gx++)
        for (unsigned int by = 0; by < shape[3]; by++) for (unsigned int bx = 0; bx < shape[2]; bx++) {{
            blockIdx = (dim3){{gx, gy, 0}};
            threadIdx = (dim3){{bx, by, 0}};
            {};
        }}
    return NULL;
}}\n",
            call("a")
        )
    };
    Ok(text)
}

/// The kernels of a source: their names, and their arguments as they are declared.
fn declarations(source: &str) -> impl Iterator<Item = (&str, &str)> {
    source.split("__global__ void ").skip(1).filter_map(|rest| {
        let bounds = rest.strip_prefix("__launch_bounds__(").and_then(|bounds| bounds.split_once(')'));
        let (name, rest) = bounds.map_or(rest, |(_, rest)| rest).split_once('(')?;
        Some((name.trim(), rest.split_once(')')?.0))
    })
}

/// Names of the kernels of a source.
pub fn kernels(source: &str) -> Vec<&str> {
    declarations(source).map(|(name, _)| name).collect()
}

/// Types of the arguments of a kernel, as they are declared.
///
/// # Errors
/// If the source has no such kernel.
pub fn argument_types(source: &str, name: &str) -> Result<Vec<String>, DeviceError> {
    let missing = || DeviceError::Compilation { log: format!("there is no kernel `{name}` in the source") };
    let (_, list) = declarations(source).find(|(known, _)| *known == name).ok_or_else(missing)?;
    Ok(list.split(',').map(kind).collect())
}

/// The type of a declaration: everything before the name.
fn kind(declaration: &str) -> String {
    let words = declaration.replace("__restrict__", " ").replace('*', " * ");
    let words: Vec<&str> = words.split_whitespace().collect();
    words.split_last().map_or(String::new(), |(_, kind)| kind.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_what_stands_before_the_name() {
        let source = "__global__ void f( const float *__restrict__ x,\n    unsigned long long pitch) {}
            __global__ void __launch_bounds__(256) g(float *y) {}";
        assert_eq!(kernels(source), ["f", "g"]);
        assert_eq!(argument_types(source, "f").unwrap(), ["const float *", "unsigned long long"]);
        assert_eq!(argument_types(source, "g").unwrap(), ["float *"]);
    }

    #[test]
    fn a_missing_kernel_is_said() {
        let error = launcher("extern \"C\" __global__ void one(float x) {}", "two", false).unwrap_err();
        assert!(error.to_string().contains("no kernel `two`"), "{error}");
    }
}
