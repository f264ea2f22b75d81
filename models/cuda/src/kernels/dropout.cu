// Dropout: a block of draws for eight numbers, sixteen bits for each.

// One row per image, one column per block of eight activations. Backwards it is the same product.
extern "C" __global__ void dropout(
    float *__restrict__ x, const unsigned int *__restrict__ keys, unsigned long long step,
    unsigned int threshold, float scale, unsigned int size, unsigned int images, unsigned int key_stride,
    unsigned int rows) {
    const unsigned int blocks = (size + 7) / 8;
    EACH_ROW(row, rows) {
        const unsigned int *key = keys + (size_t)(row / images) * key_stride;
        EACH_COLUMN(block, blocks) {
            const unsigned long long index = (unsigned long long)(row % images) * blocks + block;
            const Block draws = philox(key, step, index);
            for (unsigned int lane = 0; lane < 8 && block * 8 + lane < size; lane++) {
                const size_t i = (size_t)row * size + block * 8 + lane;
                x[i] = __fmul_rn(x[i], KEPT(draws, lane, threshold) ? scale : 0.0f);
            }
        }
    }
}
