// Pooling without padding. Forwards one row per output pixel, backwards one row per input pixel, which sums over the
// windows that cover it in their order: the bits of the CPU's kernels. Forwards a column is eight channels: with `keys`, a dropout that
// follows is done on the way, where eight channels are a block of its draws. What it leaves of a number is `scale` of it or 0.
// X_TYPE and Y_TYPE are how input and output, and their gradients, are stored. Height, width and channels of the input, side and distance of
// the windows, and what comes out of them are compile-time constants before this text.

// What a byte says of a number that was dropped, beside the position that it came from.
#define DROPPED 0x80u

// The draws for the eight numbers at a pixel, its image's `pixel`-th, from channel 8 * octet on.
#define DRAWS(image, pixel, pixels, octet, octets)                                                                    \
    philox(keys + (size_t)((image) / images) * key_stride, step,                                                      \
           ((unsigned long long)((image) % images) * (pixels) + (pixel)) * (octets) + (octet))

// y and the winning position within the window, the first among equals; a NaN wins.
extern "C" __global__ void max_pool(
    const X_TYPE *__restrict__ x, Y_TYPE *__restrict__ y, unsigned char *__restrict__ winner, const unsigned int
    *__restrict__ keys, unsigned long long step, unsigned int threshold, float scale, unsigned int images, unsigned int
    key_stride, unsigned int rows) {
    const unsigned int pixels = height_out * width_out, octets = (channels + 7) / 8;
    EACH_ROW(row, rows) {
        const unsigned int column = row % width_out, line_out = row / width_out, pixel = row % pixels;
        const size_t line = (size_t)(line_out / height_out) * height + line_out % height_out * stride;
        const X_TYPE *window = x + (line * width + column * stride) * channels;
        EACH_COLUMN(octet, octets) {
            Block draws = {{0, 0, 0, 0}};
            if (keys) draws = DRAWS(row / pixels, pixel, pixels, octet, octets);
            for (unsigned int lane = 0; lane < 8 && octet * 8 + lane < channels; lane++) {
                const unsigned int c = octet * 8 + lane;
                float best = GET(X_TYPE, window + c);
                unsigned int position = 0;
                for (unsigned int ky = 0; ky < kernel; ky++) {
                    for (unsigned int kx = 0; kx < kernel; kx++) {
                        const float candidate = GET(X_TYPE, window + ((size_t)ky * width + kx) * channels + c);
                        if (candidate > best || candidate != candidate) {
                            best = candidate;
                            position = ky * kernel + kx;
                        }
                    }
                }
                if (keys) {
                    const int is_kept = KEPT(draws, lane, threshold);
                    best = __fmul_rn(best, is_kept ? scale : 0.0f);
                    position |= is_kept ? 0 : DROPPED;
                }
                SET(Y_TYPE, y + (size_t)row * channels + c, best);
                winner[(size_t)row * channels + c] = (unsigned char)position;
            }
        }
    }
}

// `places` are the bits of a byte that say where a maximum came from.
extern "C" __global__ void max_pool_backward(
    const Y_TYPE *__restrict__ dy, const unsigned char *__restrict__ winner, X_TYPE *__restrict__ dx, unsigned int
    places, float scale, unsigned int rows) {
    EACH_ROW(pixel, rows) {
        const unsigned int column = pixel % width, line = pixel / width % height;
        const size_t image = pixel / width / height;
        const unsigned int top = FIRST_WINDOW(line), bottom = END_WINDOW(line, height_out);
        const unsigned int left = FIRST_WINDOW(column), right = END_WINDOW(column, width_out);
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int oy = top; oy < bottom; oy++) {
                for (unsigned int ox = left; ox < right; ox++) {
                    const size_t out = ((image * height_out + oy) * width_out + ox) * channels + c;
                    const unsigned int position = (line - oy * stride) * kernel + column - ox * stride;
                    if ((winner[out] & places) == position) {
                        sum = __fadd_rn(sum, __fmul_rn(GET(Y_TYPE, dy + out), winner[out] & ~places ? 0.0f : scale));
                    }
                }
            }
            SET(X_TYPE, dx + (size_t)pixel * channels + c, sum);
        }
    }
}

// `dropped` is set with `keys` alone.
extern "C" __global__ void average_pool(
    const X_TYPE *__restrict__ x, Y_TYPE *__restrict__ y, unsigned char *__restrict__ dropped, float share, const
    unsigned int *__restrict__ keys, unsigned long long step, unsigned int threshold, float scale, unsigned int images,
    unsigned int key_stride, unsigned int rows) {
    const unsigned int pixels = height_out * width_out, octets = (channels + 7) / 8;
    EACH_ROW(row, rows) {
        const unsigned int column = row % width_out, line_out = row / width_out, pixel = row % pixels;
        const size_t line = (size_t)(line_out / height_out) * height + line_out % height_out * stride;
        const X_TYPE *window = x + (line * width + column * stride) * channels;
        EACH_COLUMN(octet, octets) {
            Block draws = {{0, 0, 0, 0}};
            if (keys) draws = DRAWS(row / pixels, pixel, pixels, octet, octets);
            for (unsigned int lane = 0; lane < 8 && octet * 8 + lane < channels; lane++) {
                const unsigned int c = octet * 8 + lane;
                float sum = 0.0f;
                for (unsigned int ky = 0; ky < kernel; ky++) {
                    for (unsigned int kx = 0; kx < kernel; kx++) {
                        sum += GET(X_TYPE, window + ((size_t)ky * width + kx) * channels + c);
                    }
                }
                float mean = __fmul_rn(sum, share);
                if (keys) {
                    const int is_kept = KEPT(draws, lane, threshold);
                    mean = __fmul_rn(mean, is_kept ? scale : 0.0f);
                    dropped[(size_t)row * channels + c] = is_kept ? 0 : DROPPED;
                }
                SET(Y_TYPE, y + (size_t)row * channels + c, mean);
            }
        }
    }
}

// `dropped` is null without a dropout.
extern "C" __global__ void average_pool_backward(
    const Y_TYPE *__restrict__ dy, const unsigned char *__restrict__ dropped, X_TYPE *__restrict__ dx, float share,
    float scale, unsigned int rows) {
    EACH_ROW(pixel, rows) {
        const unsigned int column = pixel % width, line = pixel / width % height;
        const size_t image = pixel / width / height;
        const unsigned int top = FIRST_WINDOW(line), bottom = END_WINDOW(line, height_out);
        const unsigned int left = FIRST_WINDOW(column), right = END_WINDOW(column, width_out);
        EACH_COLUMN(c, channels) {
            float sum = 0.0f;
            for (unsigned int oy = top; oy < bottom; oy++) {
                for (unsigned int ox = left; ox < right; ox++) {
                    const size_t out = ((image * height_out + oy) * width_out + ox) * channels + c;
                    const float d = __fmul_rn(GET(Y_TYPE, dy + out), dropped && dropped[out] ? 0.0f : scale);
                    sum = __fadd_rn(sum, __fmul_rn(d, share));
                }
            }
            SET(X_TYPE, dx + (size_t)pixel * channels + c, sum);
        }
    }
}
