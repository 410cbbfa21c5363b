/** Token strings to text. {@link io.varlen.tokenizer.internal.decoder.Decoders} makes a decoder from its description. */
package io.varlen.tokenizer.internal.decoder;
