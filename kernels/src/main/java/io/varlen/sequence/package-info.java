/**
 * Where one sequence ends and the next begins. Start with {@link io.varlen.sequence.CuSeqlens}, the only boundary type
 * of the project: every offset is computed there.
 */
package io.varlen.sequence;
