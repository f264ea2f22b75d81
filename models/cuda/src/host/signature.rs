//! A launcher for a kernel, written from the kernel's signature.

use crate::DeviceError;
use std::fmt::Write;

/// C of `launch_NAME(shape, arguments)`, which calls the kernel for every thread of the grid.
pub(super) fn launcher(source: &str, name: &str) -> Result<String, DeviceError> {
    let types = argument_types(source, name)?;
    let arguments: Vec<String> =
        types.iter().enumerate().map(|(i, kind)| format!("*({kind} *)a[{i}]")).collect();
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "void launch_{name}(const unsigned int *shape, void *const *a) {{
    gridDim = (dim3){{shape[0], shape[1], 1}};
    blockDim = (dim3){{shape[2], shape[3], 1}};
    for (unsigned int gy = 0; gy < shape[1]; gy++) for (unsigned int gx = 0; gx < shape[0]; gx++)
        for (unsigned int by = 0; by < shape[3]; by++) for (unsigned int bx = 0; bx < shape[2]; bx++) {{
            blockIdx = (dim3){{gx, gy, 0}};
            threadIdx = (dim3){{bx, by, 0}};
            {name}({});
        }}
}}\n",
        arguments.join(", ")
    );
    Ok(text)
}

/// Types of the arguments of a kernel, as they are declared.
///
/// # Errors
/// If the source has no such kernel.
pub fn argument_types(source: &str, name: &str) -> Result<Vec<String>, DeviceError> {
    let missing = || DeviceError::Compilation { log: format!("there is no kernel `{name}` in the source") };
    let start = format!("__global__ void {name}(");
    let (_, rest) = source.split_once(&start).ok_or_else(missing)?;
    let (list, _) = rest.split_once(')').ok_or_else(missing)?;
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
        let source = "__global__ void f( const float *__restrict__ x,\n    unsigned long long pitch) {}";
        assert_eq!(argument_types(source, "f").unwrap(), ["const float *", "unsigned long long"]);
    }

    #[test]
    fn a_missing_kernel_is_said() {
        let error = launcher("extern \"C\" __global__ void one(float x) {}", "two").unwrap_err();
        assert!(error.to_string().contains("no kernel `two`"), "{error}");
    }
}
