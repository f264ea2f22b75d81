// The gradients of a convolution's weight and of its input, each by a kernel of its own.

// The sums as they are, into a matrix of `height` rows and `width` columns.
#define WRITE(type, to, height, width)                                                                             \
    UNROLL for (unsigned int j = 0; j < NARROW; j++)                                                               \
        UNROLL for (unsigned int i = 0; i < 4; i++)                                                                \
            UNROLL for (unsigned int e = 0; e < 2; e++) {                                                          \
                const unsigned int down_there = first + down + i * 8;                                              \
                const unsigned int across_there = column + warp / 4 * (COLUMNS / 2) + j * 8 + lane % 4 * 2 + e;    \
                if (down_there < (height) && across_there < (width))                                               \
                    SET(type, (to) + (size_t)down_there * (width) + across_there, sums[i / 2][j][i % 2 * 2 + e]);  \
            }

// parts [PARTS, TERMS + HAS_BIAS, FILTERS]: in each the gradient of the weight by a stretch of the pixels, and behind it that of the
// bias.
extern "C" __global__ void __launch_bounds__(THREADS) conv_weights(
    const X_TYPE *__restrict__ x, const DY_TYPE *__restrict__ dy, const unsigned char *__restrict__ open,
    const unsigned char *__restrict__ winner, float scale, float *__restrict__ parts, unsigned long long pitch,
    unsigned int images) {
    BEGIN
    const unsigned int pixels = images * PIXELS, tile = blockIdx.x / PARTS, part = blockIdx.x % PARTS;
    const unsigned int first = tile / COLUMN_TILES * ROWS, column = tile % COLUMN_TILES * COLUMNS;
    // Stretches of whole slices, as equal as they can be.
    const unsigned int slices = (pixels + DEPTH - 1) / DEPTH, share = (slices + PARTS - 1) / PARTS;
    const unsigned int from = part * share < slices ? part * share : slices;
    const unsigned int to = from + share < slices ? from + share : slices;
    x += (size_t)r * images * INPUTS * CHANNELS;
    dy += (size_t)r * images * DY_PIXELS * FILTERS;
    winner += (size_t)r * images * DY_PIXELS * FILTERS;
    open += (size_t)r * pixels * MASKS;
    parts += r * pitch + (size_t)part * (TERMS + HAS_BIAS) * FILTERS;

    // A thread's rows of the product are terms that lie side by side in every window.
    const unsigned int piece = t % (ROWS / UNIT_X) * UNIT_X, term = first + piece, tap = term / CHANNELS;
    float bias = 0.0f;
    for (unsigned int slice = from; slice <= to; slice++) {
        float a[LOADS(ROWS * DEPTH, UNIT_X)][UNIT_X], b[LOADS(DEPTH * COLUMNS, UNIT_Y)][UNIT_Y];
        if (slice < to) {
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++) {
                const unsigned int k = (t + i * THREADS) / (ROWS / UNIT_X), p = slice * DEPTH + k;
                const int v = (int)(p % PIXELS / WIDTH_OUT * STRIDE + tap / KERNEL) - PADDING;
                const int u = (int)(p % WIDTH_OUT * STRIDE + tap % KERNEL) - PADDING;
                const int inside = p < pixels && term < TERMS
                    && (PADDING == 0 || (v >= 0 && v < HEIGHT && u >= 0 && u < WIDTH));
                const size_t at = ((size_t)(p / PIXELS) * HEIGHT + v) * WIDTH + u;
                const X_TYPE *of = inside ? x + at * CHANNELS + term % CHANNELS : x;
                if (X_IS_COPIED) COPY(TURNED(A_OF(slice), piece, k), (const float *)of, UNIT_X, inside);
                else FETCH(X_TYPE, a[i], of, UNIT_X, inside)
            }
            UNROLL for (unsigned int i = 0; i < LOADS(DEPTH * COLUMNS, UNIT_Y); i++) {
                const unsigned int e = t + i * THREADS, k = e / (COLUMNS / UNIT_Y), p = slice * DEPTH + k;
                const unsigned int f = column + e % (COLUMNS / UNIT_Y) * UNIT_Y;
                const int inside = k < DEPTH && p < pixels && f < FILTERS;
                const unsigned int mask = RECTIFIED && inside ? open[(size_t)p * MASKS + f / 8] : 0xFFu;
                FETCH_DY(b[i], p, f, inside)
                UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) if (!IS_OPEN(mask, f + n)) b[i][n] = 0.0f;
            }
        }
        COMMIT();
        if (slice > from) {
            MULTIPLY(TURNED, slice - 1)
            if (HAS_BIAS && first == 0 && t < COLUMNS)
                for (unsigned int k = 0; k < DEPTH; k++) bias += LOAD(B_OF(slice - 1) + k * LINE_B + t);
        }
        if (slice < to) {
            if (!X_IS_COPIED)
                UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++)
                    PUT(TURNED(A_OF(slice), piece, (t + i * THREADS) / (ROWS / UNIT_X)), a[i], UNIT_X, 1)
            UNROLL for (unsigned int i = 0; i < LOADS(DEPTH * COLUMNS, UNIT_Y); i++) {
                const unsigned int e = t + i * THREADS, k = e / (COLUMNS / UNIT_Y);
                if (k < DEPTH) PUT(B_OF(slice) + k * LINE_B + e % (COLUMNS / UNIT_Y) * UNIT_Y, b[i], UNIT_Y, 1)
            }
        }
        LAND(0);
        SYNC();
    }

    WRITE(float, parts, TERMS, FILTERS)
    if (HAS_BIAS && first == 0 && t < COLUMNS && column + t < FILTERS) parts[(size_t)TERMS * FILTERS + column + t] = bias;
}

#undef COLUMNS
#undef COLUMN_TILES
#define COLUMNS CHANNEL_COLUMNS
#define COLUMN_TILES CHANNEL_TILES

// dx [images, INPUTS, CHANNELS]: every output whose window covers an input, times the weight at the input's place in it.
extern "C" __global__ void __launch_bounds__(THREADS) conv_input(
    const DY_TYPE *__restrict__ dy, const unsigned char *__restrict__ open, const unsigned char *__restrict__ winner,
    float scale, const float *__restrict__ w, X_TYPE *__restrict__ dx, unsigned long long pitch, unsigned int images) {
    BEGIN
    const unsigned int rows = images * INPUTS, first = blockIdx.x / COLUMN_TILES * ROWS;
    const unsigned int column = blockIdx.x % COLUMN_TILES * COLUMNS;
    dy += (size_t)r * images * DY_PIXELS * FILTERS;
    winner += (size_t)r * images * DY_PIXELS * FILTERS;
    open += (size_t)r * images * PIXELS * MASKS;
    w += r * pitch;

    const unsigned int piece = t % (DEPTH / UNIT_Y) * UNIT_Y;
    unsigned int image[LOADS(ROWS * DEPTH, UNIT_Y)];
    int line[LOADS(ROWS * DEPTH, UNIT_Y)], place[LOADS(ROWS * DEPTH, UNIT_Y)];
    UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_Y); i++) {
        const unsigned int row = first + (t + i * THREADS) / (DEPTH / UNIT_Y), p = row < rows ? row : rows - 1;
        image[i] = p / INPUTS;
        line[i] = (int)(p % INPUTS / WIDTH) + PADDING;
        place[i] = (int)(p % WIDTH) + PADDING;
    }

    for (unsigned int slice = 0; slice <= (KERNEL * KERNEL * FILTERS + DEPTH - 1) / DEPTH; slice++) {
        float a[LOADS(ROWS * DEPTH, UNIT_Y)][UNIT_Y], b[LOADS(DEPTH * COLUMNS, UNIT_W)][UNIT_W];
        const int is_there = slice * DEPTH < KERNEL * KERNEL * FILTERS;
        if (is_there) {
            const unsigned int term = slice * DEPTH + piece, tap = term / FILTERS, f = term % FILTERS;
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_Y); i++) {
                const int v = line[i] - (int)(tap / KERNEL), u = place[i] - (int)(tap % KERNEL);
                const int inside = tap < KERNEL * KERNEL && v >= 0 && u >= 0 && v % STRIDE == 0 && u % STRIDE == 0
                    && v / STRIDE < HEIGHT_OUT && u / STRIDE < WIDTH_OUT;
                const size_t p = inside ? ((size_t)image[i] * HEIGHT_OUT + v / STRIDE) * WIDTH_OUT + u / STRIDE : 0;
                const unsigned int mask = RECTIFIED && inside ? open[p * MASKS + f / 8] : 0xFFu;
                FETCH_DY(a[i], p, f, inside)
                UNROLL for (unsigned int e = 0; e < UNIT_Y; e++) if (!IS_OPEN(mask, f + e)) a[i][e] = 0.0f;
            }
            UNROLL for (unsigned int i = 0; i < LOADS(DEPTH * COLUMNS, UNIT_W); i++) {
                const unsigned int e = t + i * THREADS, c = column + e % COLUMNS;
                const unsigned int of = slice * DEPTH + e / COLUMNS * UNIT_W;
                const int inside = e < COLUMNS * DEPTH / UNIT_W && of < KERNEL * KERNEL * FILTERS && c < CHANNELS;
                FETCH(float, b[i], w + ((size_t)(of / FILTERS) * CHANNELS + c) * FILTERS + of % FILTERS, UNIT_W, inside)
            }
        }
        if (slice > 0) MULTIPLY(AT, slice - 1)
        if (is_there) {
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_Y); i++)
                PUT(AT(A_OF(slice), (t + i * THREADS) / (DEPTH / UNIT_Y), piece), a[i], UNIT_Y, 1)
            UNROLL for (unsigned int i = 0; i < LOADS(DEPTH * COLUMNS, UNIT_W); i++) {
                const unsigned int e = t + i * THREADS;
                if (e < COLUMNS * DEPTH / UNIT_W)
                    PUT(B_OF(slice) + e / COLUMNS * UNIT_W * LINE_B + e % COLUMNS, b[i], UNIT_W, LINE_B)
            }
        }
        SYNC();
    }

    dx += (size_t)r * rows * CHANNELS;
    WRITE(X_TYPE, dx, rows, CHANNELS)
}
