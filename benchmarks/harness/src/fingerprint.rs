//! A hash over what a run computed: equal fingerprints are equal runs, bit for bit.

/// Takes in every mini-batch loss and, at the end, the parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprint(blake3::Hasher);

impl Fingerprint {
    pub fn loss(&mut self, loss: f64) {
        self.0.update(&loss.to_bits().to_le_bytes());
    }

    /// The parameters, as the bits of `f32` or `f64` numbers widened to 64.
    pub fn parameters(&mut self, parameters: impl Iterator<Item = f64>) {
        let mut bytes = Vec::with_capacity(8 * 1024);
        for parameter in parameters {
            bytes.extend_from_slice(&parameter.to_bits().to_le_bytes());
            if bytes.len() == bytes.capacity() {
                self.0.update(&bytes);
                bytes.clear();
            }
        }
        self.0.update(&bytes);
    }

    /// 32 hexadecimal digits (128 bits).
    pub fn finish(&self) -> String {
        self.0.finalize().to_hex()[..32].to_string()
    }
}
