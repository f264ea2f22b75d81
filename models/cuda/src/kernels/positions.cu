// A learnt vector for every position of a sequence, added to what is there. Tables [time, width] of replicas lie `pitch`
// apart.
// `time` and `width` are compile-time constants before this text.

// y [rows = replicas * sequences * time, width] = x + table; y may be x.
extern "C" __global__ void positions(
    const float *x, const float *__restrict__ table, float *y, unsigned int sequences, unsigned long long pitch,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        const unsigned int position = row % time;
        const float *of_position = table + row / time / sequences * pitch + (size_t)position * width;
        EACH_COLUMN(c, width) {
            const size_t i = (size_t)row * width + c;
            y[i] = x[i] + of_position[c];
        }
    }
}

// The gradient of the table, sequences in order; rows = replicas * time.
extern "C" __global__ void positions_gradient(
    const float *__restrict__ dy, float *__restrict__ gradient, unsigned int sequences, unsigned long long pitch,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        const unsigned int replica = row / time, position = row % time;
        EACH_COLUMN(c, width) {
            float sum = 0.0f;
            for (unsigned int k = 0; k < sequences; k++) {
                const size_t line = ((size_t)replica * sequences + k) * time + position;
                sum += dy[line * width + c];
            }
            gradient[replica * pitch + (size_t)position * width + c] = sum;
        }
    }
}
