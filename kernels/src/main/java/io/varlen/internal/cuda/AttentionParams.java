package io.varlen.internal.cuda;

import io.varlen.attention.Attention;
import io.varlen.attention.Heads;

/** The struct {@code AttentionParams} of {@code attention.cuh}: what every kernel of attention is handed, but for its tiles. */
final class AttentionParams {
    static final int SIZE = 176;

    private AttentionParams() {}

    /**
     * @param size of the struct that begins with this one
     * @param intervals whether the kernel looks at what each query sees
     */
    static Params of(Attention call, DevicePlan plan, int size, boolean intervals) {
        return Params.of(size)
                .put(0, CudaTensor.address(call.q()))
                .put(8, CudaTensor.address(call.k()))
                .put(16, CudaTensor.address(call.v()))
                .put(24, CudaTensor.address(call.o()))
                .put(32, call.lse() == null ? 0 : CudaTensor.of(call.lse()).address())
                .put(48, intervals ? plan.low() : 0)
                .put(56, intervals ? plan.high() : 0)
                .put(
                        72,
                        call.options().sinks() == null
                                ? 0
                                : CudaTensor.of(call.options().sinks()).address())
                .put(96, stride(call.q()))
                .put(104, stride(call.k()))
                .put(112, stride(call.v()))
                .put(120, stride(call.o()))
                .put(144, call.q().tokens())
                .put(152, call.q().count())
                .put(156, call.k().count())
                .put(160, call.q().dim())
                .put(164, call.options().scale())
                .put(168, call.options().softcap());
    }

    /** With a list of tiles, a bias and a dense mask, all that there is. */
    static Params of(Attention call, DevicePlan plan, AttentionTiles tiles) {
        return of(call, plan, tiles, SIZE);
    }

    /**
     * The same.
     *
     * @param size of the struct that begins with this one
     */
    static Params of(Attention call, DevicePlan plan, AttentionTiles tiles, int size) {
        Params params = of(call, plan, size, true).put(40, tiles.address()).put(148, tiles.count());
        DenseBits dense = DenseBits.of(plan);
        params.put(80, dense.words()).put(88, dense.rows());
        if (call.options().bias() != null) {
            CudaTensor bias = CudaTensor.of(call.options().bias());
            boolean perHead = bias.rows() != call.q().tokens();
            params.put(64, bias.address())
                    .put(128, (long) bias.columns())
                    .put(136, perHead ? (long) call.q().tokens() : 0);
        }
        return params;
    }

    /** Elements from token to token. */
    private static long stride(Heads heads) {
        return heads.tensor().columns();
    }
}
