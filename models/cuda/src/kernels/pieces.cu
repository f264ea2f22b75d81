// A mini-batch of pieces of images: each as large as its image, cut out of it and of black bytes around it, and maybe reflected.

// As `gather_images`, of images [height, width, channels]. What is done to a replica's image is drawn from its key at
// (first + place in the batch, 0): rows and columns from -pad to pad, and with `flip` whether left is right.
extern "C" __global__ void gather_pieces(
    const unsigned char *__restrict__ pixels, const float *__restrict__ table,
    const unsigned int *__restrict__ orders, const unsigned int *__restrict__ keys, float *__restrict__ out,
    unsigned long long first, unsigned int pad, unsigned int flip, unsigned int height, unsigned int width,
    unsigned int channels, unsigned int images, unsigned int start, unsigned int order_stride, unsigned int rows) {
    const unsigned int size = height * width * channels;
    EACH_ROW(row, rows) {
        const unsigned int replica = row / images, place = row % images;
        const unsigned char *image = pixels + (size_t)orders[(size_t)replica * order_stride + start + place] * size;
        const Block draws = philox(keys + (size_t)replica * 2, first + place, 0);
        const int down = (int)__umulhi(draws.words[0], 2 * pad + 1) - (int)pad;
        const int right = (int)__umulhi(draws.words[1], 2 * pad + 1) - (int)pad;
        const int reflected = flip && draws.words[2] >> 31;
        EACH_COLUMN(e, size) {
            const unsigned int channel = e % channels, column = e / channels % width;
            const int y = (int)(e / channels / width) + down;
            const int x = (int)(reflected ? width - 1 - column : column) + right;
            const int inside = y >= 0 && y < (int)height && x >= 0 && x < (int)width;
            const unsigned char byte = inside ? image[((size_t)y * width + x) * channels + channel] : 0;
            out[(size_t)row * size + e] = table[channel * 256 + byte];
        }
    }
}
