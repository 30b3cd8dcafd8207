/*
 * The kernel of nn/core/tiny.h for H hidden units, which are the lanes of an HVEC. Included once
 * for each; no guard.
 */

INLINE HVEC TINY(tiny_sigmoid)(HVEC x)
{
#if H == 2
    return pair_sigmoid(x);
#elif H == 8 || VEC_KIND == VEC_AVX2
    return vec_sigmoid(x);
#else /* two pairs for the one vector of 4 in a flavour of 8 lanes */
    return _mm256_set_m128d(pair_sigmoid(_mm256_extractf128_pd(x, 1)),
                            pair_sigmoid(_mm256_castpd256_pd128(x)));
#endif
}

/* Lanes (x, 0, 0 ...). */
INLINE HVEC TINY(tiny_first)(__m128d x)
{
    __m128d first = _mm_unpacklo_pd(x, _mm_setzero_pd());
#if H == 2
    return first;
#elif H == 4
    return _mm256_zextpd128_pd256(first);
#else
    return _mm512_zextpd128_pd512(first);
#endif
}

INLINE HVEC TINY(tiny_all)(__m128d x)
{
#if H == 2
    return _mm_unpacklo_pd(x, x);
#elif H == 4
    return _mm256_broadcastsd_pd(x);
#else
    return _mm512_broadcastsd_pd(x);
#endif
}

/*
 * The sums over the hidden units of two outputs, given their products term by term where a chain
 * has one, and for H = 8 the vectors themselves: by sum_parts(2, H) chains.
 */
INLINE __m128d TINY(tiny_nets)(const HVEC w[2], HVEC out, __m128d biases)
{
    HVEC a = HOP(fmadd)(w[0], out, TINY(tiny_first)(biases));
    HVEC b = HOP(fmadd)(w[1], out, TINY(tiny_first)(_mm_unpackhi_pd(biases, biases)));
#if H == 2
    return _mm_add_pd(_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b));
#elif H == 4
    __m256d sums = _mm256_add_pd(_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
    return _mm_add_pd(_mm256_castpd256_pd128(sums), _mm256_extractf128_pd(sums, 1));
#else /* chains of two terms: the second one is in the odd lanes */
    __m512d odd = _mm512_unpackhi_pd(out, out);
    a = _mm512_fmadd_pd(_mm512_unpackhi_pd(w[0], w[0]), odd, a);
    b = _mm512_fmadd_pd(_mm512_unpackhi_pd(w[1], w[1]), odd, b);
    __m512d chains = _mm512_unpacklo_pd(a, b);
    __m256d low = _mm512_castpd512_pd256(chains), high = _mm512_extractf64x4_pd(chains, 1);
    return _mm_add_pd(_mm_add_pd(_mm256_castpd256_pd128(low), _mm256_extractf128_pd(low, 1)),
                      _mm_add_pd(_mm256_castpd256_pd128(high), _mm256_extractf128_pd(high, 1)));
#endif
}

/* The hidden units' nets, by sum_parts(H, N) chains of one term each. */
INLINE HVEC TINY(tiny_hidden)(const size_t N, const HVEC w[TINY_INPUTS], HVEC b,
                              const HVEC x[TINY_INPUTS])
{
    HVEC zero = HOP(setzero)();
    HVEC sum = HOP(fmadd)(w[0], x[0], b);
    if (N >= 2)
        sum = HOP(add)(sum, HOP(fmadd)(w[1], x[1], zero));
    if (N == 3)
        sum = HOP(add)(sum, HOP(fmadd)(w[2], x[2], zero));
    if (N == 4)
        sum = HOP(add)(sum, HOP(add)(HOP(fmadd)(w[2], x[2], zero), HOP(fmadd)(w[3], x[3], zero)));
    return sum;
}

INLINE HVEC TINY(tiny_moved)(HVEC rate, HVEC delta, HVEC in, HVEC w)
{
    return HOP(fmadd)(rate, HOP(fmadd)(delta, in, HOP(setzero)()), w);
}

/* N inputs, OUTPUTS outputs: a second lane of outputs is carried along where there is one alone. */
INLINE bool TINY(tiny_loop)(struct tiny *tiny, struct burst *burst, const size_t N,
                            const size_t OUTPUTS)
{
    const __m128d pair_zero = _mm_setzero_pd(), pair_one = _mm_set1_pd(1);
    const HVEC zero = HOP(setzero)(), one = HOP(set1)(1), rate = TINY(tiny_all)(tiny->rate);
    HVEC w[TINY_INPUTS], out_w[2] = {zero, zero}, nan = zero;
    UNROLL
    for (size_t i = 0; i < N; i++)
        w[i] = HOP(loadu)(tiny->w[i]);
    UNROLL
    for (size_t k = 0; k < OUTPUTS; k++)
        out_w[k] = HOP(loadu)(tiny->out_w[k]);
    HVEC b = HOP(loadu)(tiny->b);
    __m128d out_b = _mm_loadu_pd(tiny->out_b), pair_nan = pair_zero;
    const double *inputs = burst->samples.inputs, *targets = burst->samples.targets;
    const double *weights = burst->samples.weights;
    size_t position = burst->position;
    double epoch_error = burst->epoch_error;
    uint64_t left = burst->updates;
    while (left > 0) {
        size_t s = burst->order ? burst->order[position] : position;
        HVEC x[TINY_INPUTS];
        UNROLL
        for (size_t i = 0; i < N; i++)
            x[i] = HOP(set1)(inputs[s * N + i]);
        __m128d target = OUTPUTS == 2 ? _mm_loadu_pd(targets + s * 2) : _mm_load_sd(targets + s);

        HVEC net = TINY(tiny_hidden)(N, w, b, x);
        HVEC hidden = TINY(tiny_sigmoid)(net);
        __m128d out_net = TINY(tiny_nets)(out_w, hidden, out_b);
        __m128d out = pair_sigmoid(out_net);
        nan = HOP(fmadd)(net, zero, nan);
        pair_nan = _mm_fmadd_pd(out_net, pair_zero, pair_nan);

        __m128d difference = _mm_sub_pd(out, target);
        __m128d error = _mm_mul_pd(_mm_set1_pd(0.5), _mm_mul_pd(difference, difference));
        if (weights) {
            __m128d weight = _mm_set1_pd(weights[s]);
            error = _mm_mul_pd(weight, error);
            difference = _mm_mul_pd(weight, difference);
        }
        epoch_error += OUTPUTS == 2
                           ? _mm_cvtsd_f64(error) + _mm_cvtsd_f64(_mm_unpackhi_pd(error, error))
                           : _mm_cvtsd_f64(error);
        __m128d out_delta = _mm_mul_pd(difference, _mm_mul_pd(out, _mm_sub_pd(pair_one, out)));

        HVEC delta_0 = TINY(tiny_all)(out_delta), delta_1 = zero;
        HVEC delta = HOP(fmadd)(out_w[0], delta_0, zero);
        if (OUTPUTS == 2) {
            delta_1 = TINY(tiny_all)(_mm_unpackhi_pd(out_delta, out_delta));
            delta = HOP(add)(delta, HOP(fmadd)(out_w[1], delta_1, zero));
        }
        delta = HOP(mul)(delta, HOP(mul)(hidden, HOP(sub)(one, hidden)));

        if (tiny->moves_out_w) {
            out_w[0] = TINY(tiny_moved)(rate, delta_0, hidden, out_w[0]);
            if (OUTPUTS == 2)
                out_w[1] = TINY(tiny_moved)(rate, delta_1, hidden, out_w[1]);
        }
        if (tiny->moves_out_b) {
            __m128d sum = tiny->shared_out_b && OUTPUTS == 2
                              ? _mm_add_pd(out_delta, _mm_shuffle_pd(out_delta, out_delta, 1))
                              : out_delta;
            out_b = _mm_fmadd_pd(tiny->rate, _mm_add_pd(pair_zero, sum), out_b);
        }
        if (tiny->moves_w)
            UNROLL
        for (size_t i = 0; i < N; i++)
            w[i] = TINY(tiny_moved)(rate, delta, x[i], w[i]);
        if (tiny->moves_b) {
            HVEC sum = delta;
            if (tiny->shared_b) {
                double lanes[H];
                HOP(storeu)(lanes, delta);
                sum = HOP(set1)(sum_row(lanes, NULL, H, H));
            }
            b = HOP(fmadd)(rate, HOP(add)(zero, sum), b);
        }

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
        HOP(storeu)(tiny->w[i], w[i]);
    UNROLL
    for (size_t k = 0; k < OUTPUTS; k++)
        HOP(storeu)(tiny->out_w[k], out_w[k]);
    HOP(storeu)(tiny->b, b);
    _mm_storeu_pd(tiny->out_b, out_b);
    burst->updates_done = burst->updates - left;
    burst->optimizer_updates += burst->updates_done;
    burst->options.steps += burst->updates_done;
    burst->position = position;
    burst->epoch_error = epoch_error;
    double lanes[H];
    HOP(storeu)(lanes, nan);
    for (size_t j = 0; j < H; j++)
        epoch_error += lanes[j];
    epoch_error += _mm_cvtsd_f64(pair_nan) + _mm_cvtsd_f64(_mm_unpackhi_pd(pair_nan, pair_nan));
    return isfinite(epoch_error);
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

#undef H
#undef HVEC
#undef HOP
#undef TINY
