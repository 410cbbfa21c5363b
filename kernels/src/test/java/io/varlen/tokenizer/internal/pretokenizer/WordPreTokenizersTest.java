package io.varlen.tokenizer.internal.pretokenizer;

import static io.varlen.tokenizer.internal.description.PreTokenizerSpec.PrependScheme.ALWAYS;
import static io.varlen.tokenizer.internal.description.PreTokenizerSpec.PrependScheme.FIRST;
import static io.varlen.tokenizer.internal.description.PreTokenizerSpec.PrependScheme.NEVER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.internal.PreTokenizer;
import io.varlen.tokenizer.internal.Utf8Text;
import io.varlen.tokenizer.internal.description.PreTokenizerSpec;
import io.varlen.tokenizer.internal.description.SplitBehavior;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** BERT's splitter, and those of SentencePiece's words. */
class WordPreTokenizersTest {
    @Test
    void bertIsolatesPunctuationAndDropsSpace() {
        assertThat(split(new PreTokenizerSpec.Bert(), " Hi,you\u3000\u2014\u00BFno?!\u00A0$3 "))
                .containsExactly("Hi", ",", "you", "\u2014", "\u00BF", "no", "?", "!", "$", "3");
        assertThat(split(new PreTokenizerSpec.Bert(), " \n")).isEmpty();
    }

    @Test
    void metaspaceMarksWords() {
        assertThat(split(metaspace(ALWAYS, true), "Hi  you ")).containsExactly("_Hi", "_", "_you", "_");
        assertThat(split(metaspace(ALWAYS, false), "Hi  you ")).containsExactly("_Hi__you_");
        assertThat(split(metaspace(NEVER, true), "Hi you")).containsExactly("Hi", "_you");
        assertThat(split(metaspace(ALWAYS, true), " Hi")).containsExactly("_Hi");
        assertThat(split(metaspace(ALWAYS, true), "\u2581Hi")).containsExactly("_Hi");
        assertThat(split(metaspace(ALWAYS, true), "Hi\nyou")).containsExactly("_Hi\nyou");
        assertThat(split(metaspace(ALWAYS, true), "")).isEmpty();
    }

    @Test
    void metaspaceFirstMarksOnlyTheStartOfTheSource() {
        PreTokenizer first = PreTokenizers.of(metaspace(FIRST, false));
        assertThat(split(first, "Hi you", 0)).containsExactly("_Hi_you");
        assertThat(split(first, "Hi you", 3)).containsExactly("you");
    }

    @Test
    void wordsAndMetaspaceTogetherAreOneAfterTheOther() {
        PreTokenizerSpec.Metaspace metaspace = metaspace(ALWAYS, true);
        PreTokenizerSpec both =
                new PreTokenizerSpec.Sequence(List.of(new PreTokenizerSpec.WhitespaceSplit(), metaspace));
        String text = "\u2003 Hi\u2581you\n\tthere\u00A0 \u2581";
        List<String> oneByOne = new ArrayList<>();
        for (String word : split(new PreTokenizerSpec.WhitespaceSplit(), text)) {
            oneByOne.addAll(split(metaspace, word.replace('_', '\u2581')));
        }
        assertThat(split(both, text)).isEqualTo(oneByOne).containsExactly("_Hi", "_you", "_there", "_");
    }

    @Test
    void punctuationFollowsItsBehavior() {
        assertThat(split(new PreTokenizerSpec.Punctuation(SplitBehavior.ISOLATED), "a..b"))
                .containsExactly("a", ".", ".", "b");
        assertThat(split(new PreTokenizerSpec.Punctuation(SplitBehavior.CONTIGUOUS), "a..b"))
                .containsExactly("a", "..", "b");
    }

    @Test
    void whereTheStartIsNotKnownFirstIsRefused() {
        assertThatThrownBy(() -> PreTokenizers.of(new PreTokenizerSpec.Sequence(
                        List.of(new PreTokenizerSpec.WhitespaceSplit(), metaspace(FIRST, true)))))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage("pre_tokenizer Metaspace with prepend_scheme first behind another");
    }

    private static PreTokenizerSpec.Metaspace metaspace(PreTokenizerSpec.PrependScheme scheme, boolean split) {
        return new PreTokenizerSpec.Metaspace(0x2581, scheme, split);
    }

    private static List<String> split(PreTokenizerSpec spec, String text) {
        return split(PreTokenizers.of(spec), text, 0);
    }

    /** The pieces of what follows {@code from}, with an underscore for the mark. */
    private static List<String> split(PreTokenizer preTokenizer, String text, int from) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        List<String> pieces = new ArrayList<>();
        preTokenizer.split(
                Utf8Text.wrap(utf8, 0, utf8.length, false),
                from,
                utf8.length,
                (piece, start, end) -> pieces.add(
                        new String(piece.bytes, start, end - start, StandardCharsets.UTF_8).replace('\u2581', '_')));
        return pieces;
    }
}
