// The channels of the last position.

// y [rows = replicas * images, channels] from x [rows, positions, channels].
extern "C" __global__ void last(
    const float *__restrict__ x, float *__restrict__ y, unsigned int positions, unsigned int channels,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        const size_t end = (size_t)row * positions + positions - 1;
        EACH_COLUMN(c, channels) {
            y[(size_t)row * channels + c] = x[end * channels + c];
        }
    }
}

// dx [rows = replicas * images * positions, channels]: that of the last position, and zeros.
extern "C" __global__ void last_backward(
    const float *__restrict__ dy, float *__restrict__ dx, unsigned int positions, unsigned int channels,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        const float *of_image = dy + (size_t)(row / positions) * channels;
        const int is_last = row % positions == positions - 1;
        EACH_COLUMN(c, channels) {
            dx[(size_t)row * channels + c] = is_last ? of_image[c] : 0.0f;
        }
    }
}
