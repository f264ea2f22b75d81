// Dropout from the CPU's streams: Philox4x32-10 (Salmon et al., SC 2011) at the same counters under the same keys.

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
            unsigned int a = (unsigned int)index, b = (unsigned int)(index >> 32);
            unsigned int c = (unsigned int)step, d = (unsigned int)(step >> 32);
            unsigned int k0 = key[0], k1 = key[1];
            for (int round = 0; round < 10; round++) {
                const unsigned int left_high = __umulhi(0xD2511F53u, a), left_low = 0xD2511F53u * a;
                const unsigned int right_high = __umulhi(0xCD9E8D57u, c), right_low = 0xCD9E8D57u * c;
                a = right_high ^ b ^ k0;
                b = right_low;
                c = left_high ^ d ^ k1;
                d = left_low;
                k0 += 0x9E3779B9u;
                k1 += 0xBB67AE85u;
            }
            const unsigned int words[4] = {a, b, c, d};
            for (unsigned int lane = 0; lane < 8 && block * 8 + lane < size; lane++) {
                const unsigned int bits = words[lane / 2] >> (16 * (lane % 2)) & 0xFFFFu;
                const size_t i = (size_t)row * size + block * 8 + lane;
                x[i] = __fmul_rn(x[i], bits >= threshold ? scale : 0.0f);
            }
        }
    }
}
