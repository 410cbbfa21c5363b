package io.varlen.tokenizer.internal.added;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.internal.Model;
import io.varlen.tokenizer.internal.description.AddedTokenSpec;
import io.varlen.tokenizer.internal.description.ModelSpec;
import io.varlen.tokenizer.internal.description.UnsupportedConstructException;
import io.varlen.tokenizer.internal.wordpiece.WordPieceModel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Ids are what Hugging Face's tokenizers 0.23 gives, over a vocabulary with a hole: 0, 1 and 5. */
class AddedTokensTest {
    private static final Model MODEL =
            new WordPieceModel(new ModelSpec.WordPiece(Map.of("[UNK]", 0, "c", 1, "b", 5), "[UNK]", "##", 100));

    @Test
    void newIdsFollowTheNumberOfTokensAndNotTheLargestId() {
        assertThat(AddedTokens.of(List.of(token(5, "b"), token(3, "x"), token(4, "y")), MODEL, null)
                        .contents())
                .isEqualTo(Map.of(5, "b", 3, "x", 4, "y"));
    }

    @Test
    void theSameStringAgainKeepsItsId() {
        assertThat(AddedTokens.of(List.of(token(3, "x"), token(3, "x"), token(4, "y")), MODEL, null)
                        .contents())
                .isEqualTo(Map.of(3, "x", 4, "y"));
        assertRefused("'x' with the id 7, to which the library gives 3", token(3, "x"), token(7, "x"));
        assertRefused("'b' with the id 7, to which the library gives 5", token(5, "b"), token(7, "b"));
    }

    /** The library looks for the later one only. */
    @Test
    void twoStringsOfOneIdAreRefused() {
        assertRefused("'b' with the id of 'z'", token(3, "x"), token(4, "y"), token(5, "z"), token(5, "b"));
    }

    private static void assertRefused(String why, AddedTokenSpec... tokens) {
        assertThatThrownBy(() -> AddedTokens.of(List.of(tokens), MODEL, null))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessageContaining(why);
    }

    private static AddedTokenSpec token(int id, String content) {
        return new AddedTokenSpec(id, content, false, false, false, false, false);
    }
}
