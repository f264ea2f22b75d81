// A mini-batch of every replica from the bytes of the data set.

// out [rows = replicas * images, size]: image `start + i` of the replica's order, each byte looked up in its channel's
// table [channels, 256].
extern "C" __global__ void gather_images(
    const unsigned char *__restrict__ pixels, const float *__restrict__ table,
    const unsigned int *__restrict__ orders, float *__restrict__ out,
    unsigned int size, unsigned int channels, unsigned int images, unsigned int start, unsigned int order_stride,
    unsigned int rows) {
    EACH_ROW(row, rows) {
        const size_t place = (size_t)(row / images) * order_stride + start + row % images;
        const unsigned char *image = pixels + (size_t)orders[place] * size;
        EACH_COLUMN(e, size) {
            out[(size_t)row * size + e] = table[e % channels * 256 + image[e]];
        }
    }
}
