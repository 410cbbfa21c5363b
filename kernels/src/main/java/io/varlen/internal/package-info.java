/**
 * What backends have in common: {@link io.varlen.internal.Operands} checks what their operations are given, {@link io.varlen.internal.Bf16}
 * rounds.
 */
package io.varlen.internal;
