/**
 * What backends have in common: {@link io.varlen.internal.Operands} checks what their operations are given, {@link io.varlen.internal.Bf16} and
 * {@link io.varlen.internal.Fp16} are numbers of 16 bits.
 */
package io.varlen.internal;
