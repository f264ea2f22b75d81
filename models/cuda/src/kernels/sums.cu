// Whole values and gradients: sums of two, and copies.

// sum [rows, columns] = a + b; the sum may be either.
extern "C" __global__ void add(
    const float *a, const float *b, float *sum, unsigned int columns, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, columns) {
            const size_t i = (size_t)row * columns + c;
            sum[i] = a[i] + b[i];
        }
    }
}

extern "C" __global__ void copy(
    const float *__restrict__ from, float *__restrict__ to, unsigned int columns, unsigned int rows) {
    EACH_ROW(row, rows) {
        EACH_COLUMN(c, columns) {
            to[(size_t)row * columns + c] = from[(size_t)row * columns + c];
        }
    }
}
