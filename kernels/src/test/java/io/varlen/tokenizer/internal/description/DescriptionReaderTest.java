package io.varlen.tokenizer.internal.description;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.tokenizer.SpecialTokens;
import io.varlen.tokenizer.TokenBuffer;
import io.varlen.tokenizer.internal.PipelineTokenizer;
import io.varlen.tokenizer.internal.PipelineTokenizers;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever could change an id and is not known is refused by name. */
class DescriptionReaderTest {
    private static final String FILE = """
            {"version":"1.0","truncation":null,"padding":null,
             "added_tokens":[{"id":5,"content":"<x>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,
              "special":true}],
             "normalizer":{"type":"NFC"},
             "pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},
              {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]},
             "post_processor":null,
             "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
             "model":{"type":"BPE","dropout":null,"unk_token":"a","continuing_subword_prefix":null,"end_of_word_suffix":"",
              "fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
              "vocab":{"a":0,"b":1,"ab":2,"abb":3,"Ġ":4},"merges":[["a","b"],["ab","b"]]}}
            """;

    @Test
    void theFileItselfIsKnown() {
        assertThat(ids(open(FILE), "abb ab<x>bab")).containsExactly(3, 4, 2, 5, 1, 2);
    }

    /** As files were written before tokenizers 0.20, and GPT-2's still is. */
    @Test
    void olderSpellingsAreKnown() {
        String older = FILE.replace("\"type\":\"BPE\",", "")
                .replace("[[\"a\",\"b\"],[\"ab\",\"b\"]]", "[\"#version: 0.2\",\"a b\",\"ab b\"]")
                .replace(",\"ignore_merges\":false", "")
                .replace(",\"byte_fallback\":false", "")
                .replace(",\"use_regex\":true}]", "}]");
        assertThat(older).doesNotContain("BPE", "[\"a\"", "ignore_merges", "byte_fallback");
        assertThat(ids(open(older), "abb ab<x>bab")).containsExactly(3, 4, 2, 5, 1, 2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"version\":\"1.0\"            | \"version\":\"2.0\"                       | version \"2.0\"",
                "\"truncation\":null            | \"surprise\":null                         | the top-level field 'surprise'",
                "\"type\":\"NFC\"               | \"type\":\"NFX\"                          | normalizer NFX",
                "\"type\":\"NFC\"               | \"type\":\"NFC\",\"more\":1               | normalizer NFC with the field 'more'",
                "\"type\":\"NFC\"               | \"type\":\"Prepend\",\"prepend\":\"\"      | normalizer Prepend of nothing",
                "\"individual_digits\":true     | \"individual_digits\":1                   | pre_tokenizer Digits with individual_digits 1",
                "\"type\":\"Digits\",           | \"type\":\"FixedLength\",                 | pre_tokenizer FixedLength",
                "\"type\":\"Digits\",           | \"type\":\"ByteLevel\",\"add_prefix_space\":true, | pre_tokenizer ByteLevel with the field 'individual_digits'",
                "\"special\":true               | \"special\":true,\"weight\":2             | added_tokens with the field 'weight'",
                "\"special\":true               | \"other\":true                            | added_tokens with special null",
                "\"id\":5                       | \"id\":7                                  | the added token '<x>' with the id 7, to which the library gives 5",
                "\"decoder\":{\"type\":\"ByteLevel\" | \"decoder\":{\"type\":\"CTC\"          | decoder CTC",
                "\"type\":\"BPE\"               | \"type\":\"Hash\"                         | model Hash",
                "\"dropout\":null               | \"dropout\":0.1                           | model BPE with dropout 0.1",
                "\"end_of_word_suffix\":\"\"    | \"end_of_word_suffix\":\"</w>\"           | model BPE with an end_of_word_suffix",
                "\"continuing_subword_prefix\":null | \"continuing_subword_prefix\":\"##\"  | model BPE with a continuing_subword_prefix",
                "\"unk_token\":\"a\"            | \"unk_token\":\"?\"                       | model BPE with the unk_token '?', which is not in the vocabulary",
                "\"byte_fallback\":false        | \"byte_fallback\":true                    | model BPE with byte_fallback behind ByteLevel",
                "\"fuse_unk\":false             | \"fuse_unk\":false,\"new\":true           | model BPE with the field 'new'",
                "[\"ab\",\"b\"]                 | [\"ab\",\"c\"]                            | model BPE with a merge with 'c', which is not in the vocabulary",
                "[\"ab\",\"b\"]                 | [\"ab\",\"b\",\"b\"]                      | a merge of three tokens",
                "\"Ġ\":4                        | \"Ġ\":3                                   | the id 3 twice in the vocabulary"
            })
    void whatIsNotKnownIsNamed(String known, String unknown, String construct) {
        assertThat(FILE).contains(known);
        assertThatThrownBy(() -> open(FILE.replace(known, unknown)))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage(construct);
    }

    @Test
    void nothingMayFollowByteLevel() {
        String swapped = FILE.replace("[{\"type\":\"Digits\",\"individual_digits\":true},", "[")
                .replace(
                        "\"use_regex\":true}]",
                        "\"use_regex\":true},{\"type\":\"Digits\",\"individual_digits\":true}]");
        assertThatThrownBy(() -> open(swapped.replaceAll("\\s", "")))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage("pre_tokenizer ByteLevel before another");
    }

    /** Beside each, what the library's ids tell about where it takes a piece to begin. */
    @Test
    void aStartThatTheLibraryMayMoveIsNotGuessed() {
        String first = FILE.replaceAll("(?s)\"pre_tokenizer\".*\"post_processor\"", """
                "pre_tokenizer":{"type":"Metaspace","replacement":"\u2581","prepend_scheme":"first","split":true},
                "post_processor\"""");
        assertThat(ids(open(first), "ab")).containsExactly(0, 2); // the unknown mark, which is "a", and ab
        // an added token that is half of the first character: the other half is the start once more
        assertRefused(
                first.replace("\"normalized\":false", "\"normalized\":true"),
                "pre_tokenizer Metaspace with prepend_scheme first behind a normalizer and added tokens that are normalized");
        // what is left of a run of spaces is not the start, as what it is then replaced by shows
        String run = "{\"type\":\"Replace\",\"pattern\":{\"Regex\":\" {2,}\"},\"content\":\" \"}";
        String letter = "{\"type\":\"Replace\",\"pattern\":{\"String\":\" \"},\"content\":\"b\"}";
        String steps = "{\"type\":\"Sequence\",\"normalizers\":[%s,%s]}";
        open(first.replace("{\"type\":\"NFC\"}", steps.formatted(letter, run)));
        assertRefused(
                first.replace("{\"type\":\"NFC\"}", steps.formatted(run, letter)),
                "pre_tokenizer Metaspace with prepend_scheme first behind a normalizer that may drop characters");
    }

    private static void assertRefused(String json, String construct) {
        assertThatThrownBy(() -> open(json))
                .isInstanceOf(UnsupportedConstructException.class)
                .hasMessage(construct);
    }

    private static PipelineTokenizer open(String json) {
        return PipelineTokenizers.ofJson(
                json.getBytes(StandardCharsets.UTF_8), new SpecialTokens(new int[0], new int[0], 0));
    }

    private static int[] ids(PipelineTokenizer tokenizer, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        TokenBuffer ids = new TokenBuffer();
        tokenizer.encode(utf8, 0, utf8.length, ids);
        return ids.toArray();
    }
}
