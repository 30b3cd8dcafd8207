/*
 * The kernel of nn/core/tiny.h for H hidden units, which are the lanes of an HVEC (two of them a
 * pair). Included once for each; no guard.
 */

INLINE HVEC TINY(tiny_load)(const real *p)
{
#if H == 2
    return pair_load(p);
#else
    return HOP(loadu)(p);
#endif
}

INLINE void TINY(tiny_store)(real *p, HVEC x)
{
#if H == 2
    pair_store(p, x);
#else
    HOP(storeu)(p, x);
#endif
}

INLINE HVEC TINY(tiny_sigmoid)(HVEC x)
{
#if H == 2
    return pair_sigmoid(x);
#elif REAL_BITS == 32 && H == 4
    return quad_sigmoid(x);
#elif REAL_BITS == 32
    return _mm256_set_m128(quad_sigmoid(_mm256_extractf128_ps(x, 1)),
                           quad_sigmoid(_mm256_castps256_ps128(x)));
#elif H == 8 || VEC_KIND == VEC_AVX2
    return vec_sigmoid(x);
#else /* two pairs for the one vector of 4 in a flavour of 8 lanes */
    return _mm256_set_m128d(pair_sigmoid(_mm256_extractf128_pd(x, 1)),
                            pair_sigmoid(_mm256_castpd256_pd128(x)));
#endif
}

/* Number k of a pair in all lanes. */
INLINE HVEC TINY(tiny_all)(const size_t k, pair x)
{
#if H == 2 || (REAL_BITS == 32 && H == 4)
    return k == 0 ? pair_first(x) : pair_second(x);
#else
    return HOP(set1)(pair_number(k == 0 ? x : pair_second(x)));
#endif
}

/* Hidden unit 0's lane with x's first number, 0 in the others. */
INLINE HVEC TINY(tiny_first)(pair x)
{
#if H == 2
    return pair_first_zero(x);
#elif REAL_BITS == 64 && H == 4
    return _mm256_zextpd128_pd256(pair_first_zero(x));
#elif REAL_BITS == 64
    return _mm512_zextpd128_pd512(pair_first_zero(x));
#elif H == 4
    return _mm_move_ss(_mm_setzero_ps(), x);
#else
    return _mm256_zextps128_ps256(_mm_move_ss(_mm_setzero_ps(), x));
#endif
}

/*
 * The sums of each vector's chains. A chain has one term, and so its unit's lane; for H = 8 two,
 * and the lane of the first one.
 */
INLINE pair TINY(tiny_joined)(HVEC a, HVEC b)
{
#if REAL_BITS == 64 && H == 2
    return _mm_unpacklo_pd(a, b) + _mm_unpackhi_pd(a, b);
#elif REAL_BITS == 64 && H == 4
    __m256d sums = _mm256_unpacklo_pd(a, b) + _mm256_unpackhi_pd(a, b);
    return _mm256_castpd256_pd128(sums) + _mm256_extractf128_pd(sums, 1);
#elif REAL_BITS == 64
    __m512d chains = _mm512_unpacklo_pd(a, b);
    __m256d low = _mm512_castpd512_pd256(chains), high = _mm512_extractf64x4_pd(chains, 1);
    return (_mm256_castpd256_pd128(low) + _mm256_extractf128_pd(low, 1)) +
           (_mm256_castpd256_pd128(high) + _mm256_extractf128_pd(high, 1));
#elif H == 2
    return _mm_shuffle_ps(a, b, _MM_SHUFFLE(0, 0, 0, 0)) +
           _mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 2, 2, 2));
#elif H == 4
    __m128 sums = _mm_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)) +
                  _mm_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1));
    return sums + _mm_permute_ps(sums, _MM_SHUFFLE(2, 3, 0, 1));
#else
    __m256 chains = _mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0));
    __m256 sums = chains + _mm256_permute_ps(chains, _MM_SHUFFLE(2, 3, 0, 1));
    return _mm256_castps256_ps128(sums) + _mm256_extractf128_ps(sums, 1);
#endif
}

/* The second term of a chain of two in the first one's lane. */
#if H == 8 && REAL_BITS == 64
#define SECOND(x) _mm512_unpackhi_pd(x, x)
#elif H == 8
#define SECOND(x) _mm256_movehdup_ps(x)
#endif

/* The nets of output k, chain by chain: by sum_parts(2, H) of them. */
INLINE HVEC TINY(tiny_chains)(const size_t k, HVEC w, HVEC out, pair biases)
{
    HVEC chains = HOP(fmadd)(w, out, TINY(tiny_first)(k == 0 ? biases : pair_second(biases)));
#if H == 8
    chains = HOP(fmadd)(SECOND(w), SECOND(out), chains);
#endif
    return chains;
}

/* The nets of the outputs. One alone is there twice. */
INLINE pair TINY(tiny_nets)(const size_t OUTPUTS, const HVEC w[2], HVEC out, pair biases)
{
    HVEC a = TINY(tiny_chains)(0, w[0], out, biases);
    return TINY(tiny_joined)(a, OUTPUTS == 2 ? TINY(tiny_chains)(1, w[1], out, biases) : a);
}

/* The hidden units' nets, by sum_parts(H, N) chains of one term each. */
INLINE HVEC TINY(tiny_hidden)(const size_t N, const HVEC w[TINY_INPUTS], HVEC b,
                              const HVEC x[TINY_INPUTS])
{
    const HVEC zero = HOP(setzero)();
    HVEC sum = HOP(fmadd)(w[0], x[0], b);
    if (N >= 2)
        sum = sum + HOP(fmadd)(w[1], x[1], zero);
    if (N == 3)
        sum = sum + HOP(fmadd)(w[2], x[2], zero);
    if (N == 4)
        sum = sum + (HOP(fmadd)(w[2], x[2], zero) + HOP(fmadd)(w[3], x[3], zero));
    return sum;
}

INLINE HVEC TINY(tiny_moved)(HVEC rate, HVEC delta, HVEC in, HVEC w)
{
    return HOP(fmadd)(rate, HOP(fmadd)(delta, in, HOP(setzero)()), w);
}

/* Whether none of these sums of products with 0 has met what is not finite. */
INLINE bool TINY(tiny_finite)(HVEC hidden, pair out)
{
    real lanes[H];
    TINY(tiny_store)(lanes, hidden);
    real sum = pair_number(out) + pair_number(pair_second(out));
    for (size_t j = 0; j < H; j++)
        sum += lanes[j];
    return sum == 0;
}

/* N inputs, OUTPUTS outputs. */
INLINE bool TINY(tiny_loop)(struct tiny *tiny, struct burst *burst, const size_t N,
                            const size_t OUTPUTS)
{
    const pair pair_zero = POP(setzero)(), pair_rate = POP(set1)(tiny->rate);
    const HVEC zero = HOP(setzero)(), one = HOP(set1)(1), rate = HOP(set1)(tiny->rate);
    HVEC w[TINY_INPUTS], out_w[2] = {zero, zero}, nan = zero;
    UNROLL
    for (size_t i = 0; i < N; i++)
        w[i] = TINY(tiny_load)(tiny->w[i]);
    UNROLL
    for (size_t k = 0; k < OUTPUTS; k++)
        out_w[k] = TINY(tiny_load)(tiny->out_w[k]);
    HVEC b = TINY(tiny_load)(tiny->b);
    pair out_b = pair_load(tiny->out_b), pair_nan = pair_zero;
    if (OUTPUTS == 1)
        out_b = pair_first(out_b);
    const real *inputs = burst->samples.inputs, *targets = burst->samples.targets;
    const real *weights = burst->samples.weights;
    size_t position = burst->position;
    double epoch_error = burst->epoch_error;
    uint64_t left = burst->updates;
    while (left > 0) {
        size_t s = burst->order ? burst->order[position] : position;
        HVEC x[TINY_INPUTS];
        UNROLL
        for (size_t i = 0; i < N; i++)
            x[i] = HOP(set1)(inputs[s * N + i]);
        pair target = OUTPUTS == 2 ? pair_load(targets + s * 2) : POP(set1)(targets[s]);

        HVEC net = TINY(tiny_hidden)(N, w, b, x);
        HVEC hidden = TINY(tiny_sigmoid)(net);
        pair out_net = TINY(tiny_nets)(OUTPUTS, out_w, hidden, out_b);
        pair out = pair_sigmoid(out_net);
        nan = HOP(fmadd)(net, zero, nan);
        pair_nan = POP(fmadd)(out_net, pair_zero, pair_nan);

        pair difference = out - target;
        pair error = POP(set1)(REAL(0.5)) * (difference * difference);
        if (weights) {
            pair weight = POP(set1)(weights[s]);
            error = weight * error;
            difference = weight * difference;
        }
        epoch_error += OUTPUTS == 2
                           ? (double)pair_number(error) + (double)pair_number(pair_second(error))
                           : (double)pair_number(error);
        pair out_delta = difference * (out * (POP(set1)(1) - out));

        HVEC delta_0 = TINY(tiny_all)(0, out_delta), delta_1 = zero;
        HVEC delta = HOP(fmadd)(out_w[0], delta_0, zero);
        if (OUTPUTS == 2) {
            delta_1 = TINY(tiny_all)(1, out_delta);
            delta = delta + HOP(fmadd)(out_w[1], delta_1, zero);
        }
        delta = delta * (hidden * (one - hidden));
        nan = HOP(fmadd)(delta, zero, nan);

        out_w[0] = TINY(tiny_moved)(rate, delta_0, hidden, out_w[0]);
        if (OUTPUTS == 2)
            out_w[1] = TINY(tiny_moved)(rate, delta_1, hidden, out_w[1]);
        pair out_b_gradient = out_delta;
        if (tiny->shared_out_b && OUTPUTS == 2) {
            out_b_gradient = pair_first(out_delta) + pair_second(out_delta);
            pair_nan = POP(fmadd)(out_b_gradient, pair_zero, pair_nan);
        }
        if (tiny->moves_out_b)
            out_b = POP(fmadd)(pair_rate, pair_zero + out_b_gradient, out_b);
        UNROLL
        for (size_t i = 0; i < N; i++)
            w[i] = TINY(tiny_moved)(rate, delta, x[i], w[i]);
        HVEC b_gradient = delta;
        if (tiny->shared_b) {
            real lanes[H];
            TINY(tiny_store)(lanes, delta);
            b_gradient = HOP(set1)(sum_row(lanes, NULL, H, H));
            nan = HOP(fmadd)(b_gradient, zero, nan);
        }
        if (tiny->moves_b)
            b = HOP(fmadd)(rate, zero + b_gradient, b);

        left--;
        if (++position == burst->samples.rows) {
            position = 0;
            burst->epoch_error = epoch_error;
            epoch_error = 0;
            if (!burst_epoch(burst))
                break;
        }
    }
    UNROLL
    for (size_t i = 0; i < N; i++)
        TINY(tiny_store)(tiny->w[i], w[i]);
    UNROLL
    for (size_t k = 0; k < OUTPUTS; k++)
        TINY(tiny_store)(tiny->out_w[k], out_w[k]);
    TINY(tiny_store)(tiny->b, b);
    pair_store(tiny->out_b, out_b);
    burst->updates_done = burst->updates - left;
    burst->optimizer_updates += burst->updates_done;
    burst->options.steps += burst->updates_done;
    burst->position = position;
    burst->epoch_error = epoch_error;
    return isfinite(epoch_error) && TINY(tiny_finite)(nan, pair_nan);
}

static bool TINY(tiny_run)(struct tiny *tiny, struct burst *burst, size_t inputs, size_t outputs)
{
    switch (inputs * 2 + outputs) {
    case 3:
        return TINY(tiny_loop)(tiny, burst, 1, 1);
    case 4:
        return TINY(tiny_loop)(tiny, burst, 1, 2);
    case 5:
        return TINY(tiny_loop)(tiny, burst, 2, 1);
    case 6:
        return TINY(tiny_loop)(tiny, burst, 2, 2);
    case 7:
        return TINY(tiny_loop)(tiny, burst, 3, 1);
    case 8:
        return TINY(tiny_loop)(tiny, burst, 3, 2);
    case 9:
        return TINY(tiny_loop)(tiny, burst, 4, 1);
    default:
        return TINY(tiny_loop)(tiny, burst, 4, 2);
    }
}

#undef SECOND
#undef H
#undef HVEC
#undef HOP
#undef TINY
