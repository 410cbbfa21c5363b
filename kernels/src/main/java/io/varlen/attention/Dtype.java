package io.varlen.attention;

import io.varlen.Choice;
import io.varlen.InvalidInputException;
import java.util.Locale;

/** In what numbers matrix products multiply; they add up in fp32, and all other arithmetic is in fp32, always. */
public enum Dtype {
    /** What the backend multiplies fastest in hardware, bf16 before fp16 before fp32. */
    AUTO,
    /** IEEE single precision. */
    FP32,
    /** bfloat16: 8 bits of precision; faster, and embeddings stay within a cosine of 0.999. */
    BF16,
    /** IEEE half precision: 11 bits, but nothing above 65504; on GPUs alone, for those that have no bf16. */
    FP16;

    /**
     * The one of that lower-case name.
     *
     * @throws InvalidInputException naming those there are
     */
    public static Dtype ofName(String name) {
        return Choice.ofName("dtype", values(), Dtype::optionName, name);
    }

    /** As on the command line and in reports. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
