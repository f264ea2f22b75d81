// Means over all positions.

// y [rows = replicas * images, channels] from x [rows, positions, channels]: the mean over the positions.
extern "C" __global__ void mean_pool(
    const float *__restrict__ x, float *__restrict__ y, float share,
    unsigned int positions, unsigned int channels, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int position = 0; position < positions; position++) {
                sum += x[((size_t)row * positions + position) * channels + c];
            }
            y[(size_t)row * channels + c] = __fmul_rn(sum, share);
        }
    }
}

// dx [rows = replicas * images * positions, channels]: every position gets an even share.
extern "C" __global__ void mean_pool_backward(
    const float *__restrict__ dy, float *__restrict__ dx, float share,
    unsigned int positions, unsigned int channels, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, channels) {
            dx[(size_t)row * channels + c] = __fmul_rn(dy[(size_t)(row / positions) * channels + c], share);
        }
    }
}
