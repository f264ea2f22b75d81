// The CPU's streams: Philox4x32-10 (Salmon et al., SC 2011) at the same counters under the same keys.

typedef struct {
    unsigned int words[4];
} Block;

// 128 random bits at (step, index).
static __device__ Block philox(const unsigned int *key, unsigned long long step, unsigned long long index) {
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
    const Block block = {{a, b, c, d}};
    return block;
}

// Whether a dropout keeps the number of a lane: each of eight has sixteen of the bits.
#define KEPT(draws, lane, threshold) (((draws).words[(lane) / 2] >> (16 * ((lane) % 2)) & 0xFFFFu) >= (threshold))
