/* The matrix product in place of cuBLAS: row-major, one replica. */

/* The nearest number of TF32: 10 bits after the point. Infinities and NaN stay. */
static float to_tf32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if ((bits & 0x7F800000u) != 0x7F800000u) {
        bits = (bits + 0x0FFFu + (bits >> 13 & 1u)) & ~0x1FFFu;
        memcpy(&x, &bits, 4);
    }
    return x;
}

/* A copy of a factor as [height, width], from [width, height] if transposed. */
static float *operand(const float *from, size_t height, size_t width, int transposed, int tf32) {
    float *copy = malloc(height * width * sizeof(float) + 1);
    for (size_t i = 0; copy && i < height; i++) {
        for (size_t j = 0; j < width; j++) {
            const float x = transposed ? from[j * height + i] : from[i * width + j];
            copy[i * width + j] = tf32 ? to_tf32(x) : x;
        }
    }
    return copy;
}

/* out [rows, columns] = left [rows, terms] * right [terms, columns]; a transposed factor is stored the other way round.
   1 if there was no memory. */
int multiply(const float *left, const float *right, float *restrict out, size_t rows, size_t terms, size_t columns,
             int left_transposed, int right_transposed, int tf32) {
    float *a = operand(left, rows, terms, left_transposed, tf32);
    float *b = operand(right, terms, columns, right_transposed, tf32);
    const int failed = !a || !b;
    if (!failed) {
        memset(out, 0, rows * columns * sizeof(float));
        for (size_t i = 0; i < rows; i++) {
            for (size_t k = 0; k < terms; k++) {
                const float factor = a[i * terms + k];
                for (size_t j = 0; j < columns; j++) out[i * columns + j] += factor * b[k * columns + j];
            }
        }
    }
    free(a);
    free(b);
    return failed;
}
