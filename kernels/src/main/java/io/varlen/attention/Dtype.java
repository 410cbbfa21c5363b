package io.varlen.attention;

import java.util.Locale;

/** In what numbers matrix products multiply; they add up in fp32, and everything else is in fp32, always. */
public enum Dtype {
    /** bf16 where the backend multiplies it in hardware, else fp32. */
    AUTO,
    /** IEEE single precision. */
    FP32,
    /** bfloat16: 8 bits of precision; faster, and embeddings stay within a cosine of 0.999. */
    BF16;

    /** As on the command line and in reports. */
    public String optionName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
