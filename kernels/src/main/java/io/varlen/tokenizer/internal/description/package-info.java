/**
 * What a {@code tokenizer.json} says, as records without behaviour. Start with {@link
 * io.varlen.tokenizer.internal.description.DescriptionReader}, which reads a file into a {@link
 * io.varlen.tokenizer.internal.description.TokenizerDescription} or throws {@link
 * io.varlen.tokenizer.internal.description.UnsupportedConstructException}. The records mirror the components of Hugging
 * Face's tokenizers, field by field.
 */
package io.varlen.tokenizer.internal.description;
