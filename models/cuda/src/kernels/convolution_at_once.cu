// Both gradients of a convolution of single pixels at once: what goes back is read for both together. A block has SLAB channels, whose
// weights its threads keep in registers, and a stretch of the pixels, SLICE of them at a time, those of the next slice on their way while
// the last is multiplied. The blocks of a stretch lie side by side: what one of them reads is there for the others.

#define SLAB 64
#define SLICE 32
#define SLABS ((CHANNELS + SLAB - 1) / SLAB)
// Filters of a slice: a quarter of them is a whole number of products.
#define WIDE ((FILTERS + 31) / 32 * 32)
#define QUARTER (WIDE / 32)
// A warp's loads, of eight channels or filters at four pixels or of four filters at eight, and its stores to DX meet at no bank.
#define LINE_X (SLAB + 8)
#define LINE_DX (SLAB + 4)
#define LINE_DY (WIDE + 8)
#define X_AT(p, c) (room + (p) * LINE_X + (c))
#define DX_AT(p, c) (room + SLICE * LINE_X + (p) * LINE_DX + (c))
#define DY_AT(p, f) (room + SLICE * (LINE_X + LINE_DX) + (p) * LINE_DY + (p) / 4 % 2 * 4 + (f))

// parts [PARTS, CHANNELS + HAS_BIAS, FILTERS]: in each the gradient of the weight by a stretch of the pixels, and behind it that of the
// bias. dx [images, PIXELS, CHANNELS].
extern "C" __global__ void __launch_bounds__(THREADS) conv_gradients(
    const X_TYPE *__restrict__ x, const DY_TYPE *__restrict__ dy, const unsigned char *__restrict__ open,
    const unsigned char *__restrict__ winner, float scale, const float *__restrict__ w, float *__restrict__ parts,
    X_TYPE *__restrict__ dx, unsigned long long pitch, unsigned long long parts_pitch, unsigned int images) {
    SHARED(room, SLICE * (LINE_X + LINE_DX + LINE_DY));
    const unsigned int t = threadIdx.x, lane = t % 32, warp = t / 32, r = blockIdx.y;
    const unsigned int slab = blockIdx.x % SLABS * SLAB, part = blockIdx.x / SLABS, pixels = images * PIXELS;
    // Stretches of whole slices, as equal as they can be.
    const unsigned int slices = (pixels + SLICE - 1) / SLICE, share = (slices + PARTS - 1) / PARTS;
    const unsigned int from = part * share < slices ? part * share : slices;
    const unsigned int to = from + share < slices ? from + share : slices;
    x += (size_t)r * pixels * CHANNELS;
    dx += (size_t)r * pixels * CHANNELS;
    dy += (size_t)r * images * DY_PIXELS * FILTERS;
    winner += (size_t)r * images * DY_PIXELS * FILTERS;
    open += (size_t)r * pixels * MASKS;
    w += r * pitch;
    parts += r * parts_pitch + (size_t)part * (CHANNELS + HAS_BIAS) * FILTERS;

    // For the gradient of the input a warp has 16 channels and half of the pixels,
    const unsigned int own = slab + warp % 4 * 16 + lane / 4;
    unsigned int weights[WIDE / 8][4];
    UNROLL for (unsigned int k = 0; k < WIDE / 8; k++)
        UNROLL for (unsigned int e = 0; e < 4; e++) {
            const unsigned int c = own + e % 2 * 8, f = k * 8 + lane % 4 + e / 2 * 4;
            weights[k][e] = TF32(c < CHANNELS && f < FILTERS ? w[(size_t)c * FILTERS + f] : 0.0f);
        }
    // for that of the weight half of the channels and a quarter of the filters.
    const unsigned int down = warp % 2 * 32 + lane / 4, across = warp / 2 * (WIDE / 4) + lane / 4;
    float sums[2][QUARTER][4], bias = 0.0f;
    UNROLL for (unsigned int i = 0; i < 2; i++)
        UNROLL for (unsigned int j = 0; j < QUARTER; j++)
            UNROLL for (unsigned int e = 0; e < 4; e++) sums[i][j][e] = 0.0f;

    for (unsigned int slice = from; slice <= to; slice++) {
        float a[LOADS(SLICE * SLAB, UNIT_X)][UNIT_X], b[LOADS(SLICE * WIDE, UNIT_Y)][UNIT_Y];
        float inputs[2][4] = {{0.0f, 0.0f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f, 0.0f}};
        if (slice < to) {
            UNROLL for (unsigned int i = 0; i < LOADS(SLICE * SLAB, UNIT_X); i++) {
                const unsigned int e = t + i * THREADS, p = slice * SLICE + e / (SLAB / UNIT_X);
                const unsigned int c = slab + e % (SLAB / UNIT_X) * UNIT_X;
                FETCH(X_TYPE, a[i], x + (size_t)p * CHANNELS + c, UNIT_X, p < pixels && c < CHANNELS)
            }
            UNROLL for (unsigned int i = 0; i < LOADS(SLICE * WIDE, UNIT_Y); i++) {
                const unsigned int e = t + i * THREADS, p = slice * SLICE + e / (WIDE / UNIT_Y);
                const unsigned int f = e % (WIDE / UNIT_Y) * UNIT_Y;
                const int inside = p < pixels && f < FILTERS;
                const unsigned int mask = RECTIFIED && inside ? open[(size_t)p * MASKS + f / 8] : 0xFFu;
                FETCH_DY(b[i], p, f, inside)
                UNROLL for (unsigned int n = 0; n < UNIT_Y; n++) if (!IS_OPEN(mask, f + n)) b[i][n] = 0.0f;
            }
        }
        if (slice > from) {
            UNROLL for (unsigned int k = 0; k < SLICE; k += 8) {
                const unsigned int p = k + lane % 4;
                unsigned int left[2][4];
                UNROLL for (unsigned int i = 0; i < 2; i++)
                    UNROLL for (unsigned int e = 0; e < 4; e++)
                        left[i][e] = TF32(LOAD(X_AT(p + e / 2 * 4, down + i * 16 + e % 2 * 8)));
                UNROLL for (unsigned int j = 0; j < QUARTER; j++) {
                    const unsigned int upper = TF32(LOAD(DY_AT(p, across + j * 8)));
                    const unsigned int lower = TF32(LOAD(DY_AT(p + 4, across + j * 8)));
                    UNROLL for (unsigned int i = 0; i < 2; i++) MMA(sums[i][j], left[i], upper, lower);
                }
            }
            UNROLL for (unsigned int k = 0; k < WIDE / 8; k++)
                UNROLL for (unsigned int i = 0; i < 2; i++) {
                    const unsigned int p = warp / 4 * 16 + i * 8 + lane / 4, f = k * 8 + lane % 4;
                    MMA(inputs[i], weights[k], TF32(LOAD(DY_AT(p, f))), TF32(LOAD(DY_AT(p, f + 4))));
                }
            if (HAS_BIAS && slab == 0 && t < FILTERS)
                for (unsigned int p = 0; p < SLICE; p++) bias += LOAD(DY_AT(p, t));
        }
        SYNC();
        if (slice > from)
            UNROLL for (unsigned int i = 0; i < 2; i++)
                UNROLL for (unsigned int e = 0; e < 4; e++)
                    STORE(DX_AT(warp / 4 * 16 + i * 8 + lane % 4 * 2 + e % 2, warp % 4 * 16 + lane / 4 + e / 2 * 8), inputs[i][e]);
        if (slice < to) {
            UNROLL for (unsigned int i = 0; i < LOADS(SLICE * SLAB, UNIT_X); i++) {
                const unsigned int e = t + i * THREADS;
                PUT(X_AT(e / (SLAB / UNIT_X), e % (SLAB / UNIT_X) * UNIT_X), a[i], UNIT_X, 1)
            }
            UNROLL for (unsigned int i = 0; i < LOADS(SLICE * WIDE, UNIT_Y); i++) {
                const unsigned int e = t + i * THREADS;
                PUT(DY_AT(e / (WIDE / UNIT_Y), e % (WIDE / UNIT_Y) * UNIT_Y), b[i], UNIT_Y, 1)
            }
        }
        SYNC();
        if (slice > from)
            UNROLL for (unsigned int i = 0; i < LOADS(SLICE * SLAB, 1); i++) {
                const unsigned int e = t + i * THREADS, p = (slice - 1) * SLICE + e / SLAB, c = slab + e % SLAB;
                if (p < pixels && c < CHANNELS) SET(X_TYPE, dx + (size_t)p * CHANNELS + c, LOAD(DX_AT(e / SLAB, e % SLAB)));
            }
    }

    UNROLL for (unsigned int i = 0; i < 2; i++)
        UNROLL for (unsigned int j = 0; j < QUARTER; j++)
            UNROLL for (unsigned int e = 0; e < 4; e++) {
                const unsigned int c = slab + down + i * 16 + e / 2 * 8;
                const unsigned int f = warp / 2 * (WIDE / 4) + j * 8 + lane % 4 * 2 + e % 2;
                if (c < CHANNELS && f < FILTERS) parts[(size_t)c * FILTERS + f] = sums[i][j][e];
            }
    if (HAS_BIAS && slab == 0 && t < FILTERS) parts[(size_t)CHANNELS * FILTERS + t] = bias;
}
