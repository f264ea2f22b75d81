// How numbers are stored: as they are computed with, or as bfloat16, the upper half of a float, the nearest; of two equally near the
// even one.
typedef unsigned short bf16;

static __device__ __forceinline__ float widened(unsigned int bits) {
    return __uint_as_float(bits << 16);
}

static __device__ __forceinline__ bf16 narrowed(float x) {
    const unsigned int bits = __float_as_uint(x);
    // What is not a number stays so.
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return (bf16)(bits >> 16 | 0x40u);
    return (bf16)((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

// A number at a place of a type, which may be a macro's.
#define GET(type, place) JOINED(GET_, type)(place)
#define SET(type, place, value) JOINED(SET_, type)(place, value)
#define JOINED(first, second) JOINED_AS_THEY_ARE(first, second)
#define JOINED_AS_THEY_ARE(first, second) first##second
#define GET_float(place) (*(place))
#define GET_bf16(place) widened(*(place))
#define SET_float(place, value) (*(place) = (value))
#define SET_bf16(place, value) (*(place) = narrowed(value))
