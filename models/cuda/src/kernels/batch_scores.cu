// The scores of a batch of few predictions, added up in the launch that makes them: a block for each replica.

// `losses` and `correct` are room for each prediction's; the rest as of cross_entropy, of one prediction for each image.
extern "C" __global__ void __launch_bounds__(256) score_batch(
    const float *__restrict__ logits, const float *__restrict__ bias, const unsigned char *__restrict__ labels,
    const unsigned int *__restrict__ orders, double *losses, unsigned int *correct, float *__restrict__ dlogits,
    double *__restrict__ loss_total, unsigned int *__restrict__ correct_total, double smoothing, float weight, float hit,
    float miss, unsigned long long pitch, unsigned int classes, unsigned int images, unsigned int start,
    unsigned int order_stride) {
    const Target target = {smoothing, weight, hit, miss, classes};
    const unsigned int replica = blockIdx.y;
    const size_t first = (size_t)replica * images;
    losses += first;
    correct += first;
    for (unsigned int i = threadIdx.x; i < images; i += blockDim.x) {
        const unsigned int label = labels[orders[(size_t)replica * order_stride + start + i]];
        const size_t at = (first + i) * classes;
        score(logits + at, bias ? bias + replica * pitch : 0, label, target, losses + i, correct + i, dlogits ? dlogits + at : 0);
    }
    SYNC();
    if (threadIdx.x == 0) {
        double loss = 0.0;
        unsigned int right = 0;
        for (unsigned int i = 0; i < images; i++) {
            loss += losses[i];
            right += correct[i];
        }
        loss_total[replica] += loss;
        correct_total[replica] += right;
    }
}
