// Fixed factors, one for each channel.

// y [rows = replicas * images * positions, channels] from x; y may be x. Backwards it is the same product.
extern "C" __global__ void scaling(
    const float *x, const float *__restrict__ factors, float *y, unsigned int channels, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, channels) {
            const size_t i = (size_t)row * channels + c;
            y[i] = __fmul_rn(x[i], factors[c]);
        }
    }
}
