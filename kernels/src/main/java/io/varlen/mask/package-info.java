/**
 * Which keys each query sees. Start with {@link io.varlen.mask.Mask}, the algebra, and {@link io.varlen.mask.MaskPlan},
 * a mask worked out for one batch.
 */
package io.varlen.mask;
