// A row of a learnt table for every token. Tokens are whole numbers in floats, `per_replica` of each replica's; tables
// [vocabulary, width] lie `pitch` apart.
// `vocabulary` and `width` are compile-time constants before this text.

// y [rows = replicas * per_replica, width] from tokens [rows]. A token that the table does not have becomes NaN: nothing
// outside of the table is read, and the loss says it.
extern "C" __global__ void embedding(
    const float *__restrict__ tokens, const float *__restrict__ table, float *__restrict__ y, unsigned int per_replica,
    unsigned long long pitch, unsigned int rows) {
    EACH_ROW(row, rows) {
        const float token = tokens[row];
        const int is_known = token >= 0.0f && token < (float)vocabulary;
        const float *of_token = table + row / per_replica * pitch + (is_known ? (size_t)token * width : 0);
        EACH_COLUMN(c, width) {
            y[(size_t)row * width + c] = is_known ? of_token[c] : nanf("");
        }
    }
}

// The gradient of the table: a thread for every number of it, which looks for its token among all of the batch and adds
// up in their order; rows = replicas * vocabulary.
extern "C" __global__ void embedding_gradient(
    const float *__restrict__ tokens, const float *__restrict__ dy, float *__restrict__ gradient, unsigned int
    per_replica, unsigned long long pitch, unsigned int rows) {
    EACH_ROW(row, rows) {
        const unsigned int replica = row / vocabulary, token = row % vocabulary;
        const size_t first = (size_t)replica * per_replica;
        EACH_COLUMN(c, width) {
            float sum = 0.0f;
            for (unsigned int k = 0; k < per_replica; k++) {
                if (tokens[first + k] == (float)token) {
                    sum += dy[(first + k) * width + c];
                }
            }
            gradient[replica * pitch + (size_t)token * width + c] = sum;
        }
    }
}
