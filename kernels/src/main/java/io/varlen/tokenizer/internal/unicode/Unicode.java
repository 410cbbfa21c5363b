package io.varlen.tokenizer.internal.unicode;

/** Properties of code points as Hugging Face tokenizers sees them, whatever Unicode version Java runs with. */
public final class Unicode {
    static final UnicodeData DATA = UnicodeData.load();

    /** White_Space, of the library's Rust version. */
    public static final CodePointSet WHITE_SPACE = DATA.set("white_space");

    /** {@code \w} of Rust's regular expressions, which {@code single_word} asks for. */
    public static final CodePointSet WORD = DATA.set("word");

    /** Categories Cc, Cf and Co as {@code BertNormalizer} removes them; tab, LF and CR are not among them. */
    public static final CodePointSet OTHER = DATA.set("other");

    /** ASCII punctuation and symbols, and categories Pc, Pd, Pe, Pf, Pi, Po and Ps: what {@code BertPreTokenizer} isolates. */
    public static final CodePointSet PUNCTUATION = DATA.set("punctuation");

    /** Category Mn: the accents that {@code BertNormalizer} strips. */
    public static final CodePointSet NONSPACING_MARK = DATA.set("nonspacing_mark");

    /** Category M: what {@code StripAccents} removes. */
    public static final CodePointSet COMBINING_MARK = DATA.set("combining_mark");

    /** Lower-casing code point by code point, without context. */
    public static final CodePointMap LOWERCASE = CodePointMap.of(DATA.sequences("lowercase"));

    private Unicode() {}
}
