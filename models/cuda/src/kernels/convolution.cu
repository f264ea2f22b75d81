// Convolutions on tensor cores, without windows written out: products over tiles of ROWS x COLUMNS, DEPTH terms at a time,
// the tiles of the next terms on their way while those of the last are multiplied. Shapes are compile-time constants, which
// operators/convolution.rs puts before this text. Replicas lie along the grid's y, tiles (and parts) along x. The order of all
// sums depends on shapes and on the number of replicas alone.

#define THREADS 256
#define ROWS 128
#define DEPTH 16
#define TERMS (KERNEL * KERNEL * CHANNELS)
#define PIXELS (HEIGHT_OUT * WIDTH_OUT)
#define INPUTS (HEIGHT * WIDTH)
// Bytes of a pixel's rectifiers.
#define MASKS ((FILTERS + 7) / 8)
// Distances between lines of the tiles in shared memory: no two threads of a warp meet at a bank.
#define LINE_A (DEPTH + 4)
#define LINE_AT (ROWS + 8)
#define LINE_B (COLUMNS + 8)
#define TILE_A (ROWS * LINE_A)
#define TILE_B (DEPTH * LINE_B)
// Products of a warp side by side, 8 columns each; there are two below one another, of 16 rows.
#define NARROW (COLUMNS / 16)
// X_TYPE, Y_TYPE and DY_TYPE are how the input (and its gradient), the output and what goes back are stored: a float is copied as it is
// into shared memory, and all others widened on their way.
#define X_IS_COPIED (sizeof(X_TYPE) == sizeof(float))
// Numbers that go together: four where every line begins at a multiple of four.
#define UNIT_X (CHANNELS % 4 == 0 ? 4 : 1)
#define UNIT_Y (FILTERS % 4 == 0 ? 4 : 1)
#define UNIT_W (FILTERS % 4 == 0 && WEIGHT_ALIGNED ? 4 : 1)
// Loads of a thread for a tile of so many numbers.
#define LOADS(numbers, unit) (((numbers) / (unit) + THREADS - 1) / THREADS)

#define UNROLL _Pragma("unroll")

// A thread's place: its warp has 32 rows and half of the columns; in the fragments a row and a column are its own.
#define BEGIN                                                                                                      \
    SHARED(room, 2 * TILE_A + 2 * TILE_B);                                                                         \
    const unsigned int t = threadIdx.x, lane = t % 32, warp = t / 32, r = blockIdx.y;                              \
    const unsigned int down = warp % 4 * 32 + lane / 4, across = warp / 4 * (COLUMNS / 2) + lane / 4;              \
    float sums[2][NARROW][4];                                                                                      \
    UNROLL for (unsigned int i = 0; i < 2; i++)                                                                    \
        UNROLL for (unsigned int j = 0; j < NARROW; j++)                                                           \
            UNROLL for (unsigned int e = 0; e < 4; e++) sums[i][j][e] = 0.0f;

// Where the tiles of a slice lie.
#define A_OF(slice) (room + (slice) % 2 * TILE_A)
#define B_OF(slice) (room + 2 * TILE_A + (slice) % 2 * TILE_B)
#define AT(tile, row, term) ((tile) + (row) * LINE_A + (term))
#define TURNED(tile, row, term) ((tile) + (term) * LINE_AT + (row))

// A thread's share of the products of a slice, whose left factor lies as `PLACE` says.
#define MULTIPLY(PLACE, slice)                                                                                     \
    UNROLL for (unsigned int half = 0; half < DEPTH / 8; half++) {                                                 \
        const unsigned int k = half * 8 + lane % 4;                                                                \
        unsigned int left[2][4];                                                                                   \
        UNROLL for (unsigned int i = 0; i < 2; i++)                                                                \
            UNROLL for (unsigned int e = 0; e < 4; e++)                                                            \
                left[i][e] = TF32(LOAD(PLACE(A_OF(slice), down + i * 16 + e % 2 * 8, k + e / 2 * 4)));             \
        UNROLL for (unsigned int j = 0; j < NARROW; j++) {                                                         \
            const float *const b = B_OF(slice) + k * LINE_B + across + j * 8;                                      \
            const unsigned int upper = TF32(LOAD(b)), lower = TF32(LOAD(b + 4 * LINE_B));                          \
            UNROLL for (unsigned int i = 0; i < 2; i++) MMA(sums[i][j], left[i], upper, lower);                    \
        }                                                                                                          \
    }

// Numbers of a type from global memory into registers, one or four at a time, or zeros; and from there into shared memory.
#define FETCH(type, to, from, unit, is_inside) JOINED(FETCH_, type)(to, from, unit, is_inside)
#define FETCH_bf16(to, from, unit, is_inside)                                                                      \
    if (!(is_inside)) {                                                                                            \
        UNROLL for (unsigned int n = 0; n < (unit); n++) (to)[n] = 0.0f;                                           \
    } else if ((unit) == 4) {                                                                                      \
        const unsigned long long four = *(const unsigned long long *)(from);                                       \
        UNROLL for (unsigned int n = 0; n < (unit); n++) (to)[n] = widened((unsigned int)(four >> 16 * n) & 0xFFFFu); \
    } else {                                                                                                       \
        (to)[0] = widened(*(from));                                                                                \
    }
#define FETCH_float(to, from, unit, is_inside)                                                                     \
    if (!(is_inside)) {                                                                                            \
        UNROLL for (unsigned int n = 0; n < (unit); n++) (to)[n] = 0.0f;                                           \
    } else if ((unit) == 4) {                                                                                      \
        const float4 four = *(const float4 *)(from);                                                               \
        (to)[0] = four.x, (to)[(unit) / 4] = four.y, (to)[(unit) / 4 * 2] = four.z, (to)[(unit) / 4 * 3] = four.w; \
    } else {                                                                                                       \
        (to)[0] = *(from);                                                                                         \
    }
#define PUT(to, from, unit, distance)                                                                              \
    { UNROLL for (unsigned int n = 0; n < (unit); n++) STORE((to) + n * (distance), (from)[n]); }

// The gradient of the output. In front of a maximum pooling that is left to be gone back through, what lies in `dy` is the gradient
// behind the pooling, and `winner` says where each maximum came from; a dropout behind it left `scale` of a number, or nothing.
#ifdef POOL_KERNEL
#define DY_PIXELS (POOL_HEIGHT * POOL_WIDTH)
static __device__ __forceinline__ void gather(
    float *to, const DY_TYPE *dy, const unsigned char *winner, float scale, unsigned int p, unsigned int f) {
    const unsigned int line = p % PIXELS / WIDTH_OUT, column = p % WIDTH_OUT;
    const unsigned int top = line < POOL_KERNEL ? 0 : (line - POOL_KERNEL) / POOL_STRIDE + 1;
    const unsigned int left = column < POOL_KERNEL ? 0 : (column - POOL_KERNEL) / POOL_STRIDE + 1;
    UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) to[n] = 0.0f;
    for (unsigned int oy = top; oy * POOL_STRIDE <= line && oy < POOL_HEIGHT; oy++) {
        for (unsigned int ox = left; ox * POOL_STRIDE <= column && ox < POOL_WIDTH; ox++) {
            const size_t out = (((size_t)(p / PIXELS) * POOL_HEIGHT + oy) * POOL_WIDTH + ox) * FILTERS + f;
            const unsigned int position = (line - oy * POOL_STRIDE) * POOL_KERNEL + column - ox * POOL_STRIDE;
            // As many bytes at once as numbers.
            const unsigned int won = UNIT_Y == 4 ? *(const unsigned int *)(winner + out) : winner[out];
            float d[UNIT_Y];
            FETCH(DY_TYPE, d, dy + out, UNIT_Y, 1)
            UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) {
                const unsigned int byte = won >> (8 * n) & 0xFFu;
                if ((byte & POOL_PLACES) == position)
                    to[n] = __fadd_rn(to[n], __fmul_rn(d[n], byte & ~(unsigned int)POOL_PLACES ? 0.0f : scale));
            }
        }
    }
}
#define FETCH_DY(to, p, f, is_inside)                                                                              \
    if (is_inside) gather(to, dy, winner, scale, (unsigned int)(p), f);                                            \
    else UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) (to)[n] = 0.0f;
#else
#define DY_PIXELS PIXELS
#define FETCH_DY(to, p, f, is_inside) FETCH(DY_TYPE, to, dy + (size_t)(p) * FILTERS + (f), UNIT_Y, is_inside)
#endif

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

// Filter f's bit of its byte, the order being that of a warp's votes.
#define IS_OPEN(mask, f) ((mask) >> ((f) % 8 / 2 + (f) % 2 * 4) & 1u)

#define COLUMNS FILTER_COLUMNS
#define COLUMN_TILES FILTER_TILES

// y [images, PIXELS, FILTERS] = windows(x) w + bias, and the rectifier with the bits of what it lets through.
extern "C" __global__ void __launch_bounds__(THREADS) conv_forward(
    const X_TYPE *__restrict__ x, const float *__restrict__ w, Y_TYPE *__restrict__ y, unsigned char *__restrict__ open,
    unsigned long long pitch, unsigned int images) {
    BEGIN
    const unsigned int rows = images * PIXELS, first = blockIdx.x / COLUMN_TILES * ROWS;
    const unsigned int column = blockIdx.x % COLUMN_TILES * COLUMNS;
    x += (size_t)r * images * INPUTS * CHANNELS;
    w += r * pitch;

    // The corners of a thread's windows; those beyond the last row are the last row's.
    const unsigned int piece = t % (DEPTH / UNIT_X) * UNIT_X;
    const X_TYPE *image[LOADS(ROWS * DEPTH, UNIT_X)];
    int top[LOADS(ROWS * DEPTH, UNIT_X)], left_of[LOADS(ROWS * DEPTH, UNIT_X)];
    UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++) {
        const unsigned int row = first + (t + i * THREADS) / (DEPTH / UNIT_X), p = row < rows ? row : rows - 1;
        image[i] = x + (size_t)(p / PIXELS) * INPUTS * CHANNELS;
        top[i] = (int)(p % PIXELS / WIDTH_OUT * STRIDE) - PADDING;
        left_of[i] = (int)(p % WIDTH_OUT * STRIDE) - PADDING;
    }

    for (unsigned int slice = 0; slice <= (TERMS + DEPTH - 1) / DEPTH; slice++) {
        float a[LOADS(ROWS * DEPTH, UNIT_X)][UNIT_X];
        if (slice * DEPTH < TERMS) {
            const unsigned int term = slice * DEPTH + piece, tap = term / CHANNELS;
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++) {
                const int v = top[i] + (int)(tap / KERNEL), u = left_of[i] + (int)(tap % KERNEL);
                const int inside = term < TERMS && (PADDING == 0 || (v >= 0 && v < HEIGHT && u >= 0 && u < WIDTH));
                const X_TYPE *from = inside ? image[i] + ((size_t)v * WIDTH + u) * CHANNELS + term % CHANNELS : x;
                if (X_IS_COPIED)
                    COPY(AT(A_OF(slice), (t + i * THREADS) / (DEPTH / UNIT_X), piece), (const float *)from, UNIT_X, inside);
                else FETCH(X_TYPE, a[i], from, UNIT_X, inside)
            }
            UNROLL for (unsigned int i = 0; i < LOADS(DEPTH * COLUMNS, UNIT_W); i++) {
                const unsigned int e = t + i * THREADS, k = e / (COLUMNS / UNIT_W), c = e % (COLUMNS / UNIT_W) * UNIT_W;
                const int inside = slice * DEPTH + k < TERMS && column + c < FILTERS;
                const float *from = inside ? w + (size_t)(slice * DEPTH + k) * FILTERS + column + c : w;
                if (k < DEPTH) COPY(B_OF(slice) + k * LINE_B + c, from, UNIT_W, inside);
            }
        }
        COMMIT();
        if (slice > 0) MULTIPLY(AT, slice - 1)
        if (!X_IS_COPIED && slice * DEPTH < TERMS)
            UNROLL for (unsigned int i = 0; i < LOADS(ROWS * DEPTH, UNIT_X); i++)
                PUT(AT(A_OF(slice), (t + i * THREADS) / (DEPTH / UNIT_X), piece), a[i], UNIT_X, 1)
        LAND(0);
        SYNC();
    }

    y += (size_t)r * rows * FILTERS;
    open += (size_t)r * rows * MASKS;
    UNROLL for (unsigned int j = 0; j < NARROW; j++) {
        const unsigned int tile = column + warp / 4 * (COLUMNS / 2) + j * 8, f = tile + lane % 4 * 2;
        float bias[2] = {0.0f, 0.0f};
        UNROLL for (unsigned int e = 0; e < 2; e++)
            if (HAS_BIAS && f + e < FILTERS) bias[e] = w[(size_t)TERMS * FILTERS + f + e];
        unsigned int votes[4][2];
        UNROLL for (unsigned int i = 0; i < 4; i++)
            UNROLL for (unsigned int e = 0; e < 2; e++) {
                const unsigned int row = first + down + i * 8;
                const float sum = sums[i / 2][j][i % 2 * 2 + e] + bias[e];
                const int is_inside = row < rows && f + e < FILTERS;
                if (RECTIFIED) VOTE(votes[i][e], is_inside && sum > 0.0f);
                // What is not a number stays so.
                if (is_inside) SET(Y_TYPE, y + (size_t)row * FILTERS + f + e, RECTIFIED && sum <= 0.0f ? 0.0f : sum);
            }
        if (!RECTIFIED) continue;
        COUNT();
        UNROLL for (unsigned int i = 0; i < 4; i++) {
            const unsigned int row = first + down + i * 8, own = lane / 4 * 4;
            const unsigned int byte = (votes[i][0] >> own & 15u) | (votes[i][1] >> own & 15u) << 4;
            if (lane % 4 == i && row < rows && tile < FILTERS) open[(size_t)row * MASKS + tile / 8] = (unsigned char)byte;
        }
    }
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
