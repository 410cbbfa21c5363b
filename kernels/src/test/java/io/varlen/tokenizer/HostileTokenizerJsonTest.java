package io.varlen.tokenizer;

import static io.varlen.tokenizer.Samples.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.varlen.InvalidInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a file holds, it is refused in one line that names it; a panic of the native library would end this JVM. */
class HostileTokenizerJsonTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static final String BPE = """
            {"version":"1.0","truncation":null,"padding":null,
             "added_tokens":[{"id":3,"content":"<s>","special":true,"single_word":false,"lstrip":false,"rstrip":false,"normalized":false}],
             "normalizer":null,"pre_tokenizer":null,"post_processor":null,"decoder":null,
             "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,
              "fuse_unk":false,"byte_fallback":false,"vocab":{"a":0,"b":1,"ab":2,"<s>":3},"merges":["a b"]}}""";

    private static final String UNIGRAM = "{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":%s,\"byte_fallback\":false}";

    @Test
    void theUneditedFileWorks() {
        try (Tokenizer tokenizer = open(BPE)) {
            assertThat(encode(tokenizer, "ab<s>ba")).containsExactly(2, 3, 1, 0);
        }
    }

    @ParameterizedTest(name = "{1} {2}")
    @MethodSource("edits")
    void aDamagedPartIsNamed(String expected, String path, String json) throws Exception {
        ObjectNode root = (ObjectNode) MAPPER.readTree(BPE);
        int dot = path.indexOf('.');
        ObjectNode parent = dot < 0 ? root : (ObjectNode) root.get(path.substring(0, dot));
        parent.set(path.substring(dot + 1), MAPPER.readTree(json));

        assertThatThrownBy(() -> open(MAPPER.writeValueAsString(root)).close())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("my/tokenizer.json ")
                .hasMessageContaining(expected)
                .hasMessageNotContainingAny("\n", "\r");
    }

    static Stream<Arguments> edits() throws JsonProcessingException {
        return Stream.of(
                edit("model", "model", "null"),
                edit("model is no object", "model", "[]"),
                edit(
                        "merges is no array",
                        "model",
                        "{\"continuing_subword_prefix\":\"#\",\"vocab\":{\"a\":0},\"merges\":{\"a\":\"b\"}}"),
                edit(
                        "merge 0",
                        "model",
                        "{\"continuing_subword_prefix\":\"#\",\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"#b\",\"c\"]]}"),
                edit(
                        "merge 1",
                        "model",
                        "{\"continuing_subword_prefix\":\"#\",\"vocab\":{\"a\":0},\"merges\":[\"a #b\",{\"a\":[]}]}"),
                edit("vocab", "model.vocab", "null"),
                edit("vocabulary entry", "model.vocab", "[1]"),
                edit("id of vocabulary entry 'a'", "model.vocab", "{\"a\":\"0\"}"),
                edit("id of vocabulary entry 'a'", "model.vocab", "{\"a\":0.5}"),
                edit("the id of 'a' is -1", "model.vocab", "{\"a\":-1,\"b\":1,\"ab\":2}"),
                edit("the id of 'a' is 4294967295", "model.vocab", "{\"a\":4294967295,\"b\":1,\"ab\":2}"),
                edit("dropout", "model.dropout", "0.1"),
                edit("continuing_subword_prefix", "model.continuing_subword_prefix", "\"##\""),
                edit("continuing_subword_prefix", "model.continuing_subword_prefix", "7"),
                edit("merges", "model.merges", "null"),
                edit("", "model.merges", "[\"a c\"]"),
                edit("", "model.merges", "[[\"a\"]]"),
                edit("score", "model", UNIGRAM.formatted("[[\"a\",-1.0],[\"b\",1e308]]")),
                edit("score", "model", UNIGRAM.formatted("[[\"a\"]]")),
                edit("score", "model", UNIGRAM.formatted("[[1,-1.0]]")),
                edit("", "model", UNIGRAM.formatted("[[\"a\",-1.0]]").replace(":0,", ":9,")),
                edit("", "model", "{\"type\":\"Magic\",\"vocab\":{\"a\":0}}"),
                edit("added_tokens", "added_tokens", "[1]"),
                edit("added_tokens", "added_tokens", "[{\"id\":\"x\",\"content\":\"y\"}]"),
                edit("the id of 'y' is -5", "added_tokens", "[{\"id\":-5,\"content\":\"y\"}]"),
                edit("normalizer", "normalizer", "7"),
                edit("normalizer", "normalizer", "{\"normalizers\":[]}"),
                edit("normalizer", "normalizer", "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Bad\"}]}"),
                edit("base64", "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"***\"}"),
                edit("damaged", "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\"\"}"),
                edit("damaged", "normalizer", "{\"type\":\"Precompiled\",\"precompiled_charsmap\":null}"),
                edit("pre_tokenizer", "pre_tokenizer", "{\"type\":\"FixedLength\",\"length\":0}"),
                edit("pre_tokenizer", "pre_tokenizer", "{\"type\":\"FixedLength\"}"),
                edit("more than linearly", "pre_tokenizer", split("a*a*$")),
                edit("repeats a group", "pre_tokenizer", split("(a+)+$")),
                edit("repeats a group", "normalizer", replace("(a|a)*b")),
                edit("repeats a group", "decoder", replace("(a|a)*b")),
                edit("", "pre_tokenizer", split("[a")),
                edit("", "pre_tokenizer", split("[b-a]")),
                edit("decoder", "decoder", "{\"type\":\"Strip\",\"content\":\"a\",\"start\":0,\"stop\":9}"),
                edit("decoder", "decoder", "{\"type\":\"Sequence\",\"decoders\":[{}]}"),
                edit("post_processor", "post_processor", "{\"type\":\"Magic\"}"),
                edit("gives no ids", "post_processor", template("[{\"SpecialToken\":{\"id\":\"<s>\"}},A]", "{}")),
                edit(
                        "ids below 4",
                        "post_processor",
                        template("[S,A]", "{\"<s>\":{\"id\":\"<s>\",\"ids\":[4],\"tokens\":[\"<s>\"]}}")),
                edit("template for one text", "post_processor", template("[A,S,A]", null)),
                edit("template for one text", "post_processor", template("[B,S]", null)),
                edit("leaves out the text", "post_processor", template("[S]", null)),
                edit(
                        "more than one",
                        "post_processor",
                        "{\"type\":\"Sequence\",\"processors\":[" + template("[S,A]", null) + ","
                                + template("[A,S]", null) + "]}"),
                edit(
                        "adds the id",
                        "post_processor",
                        "{\"type\":\"BertProcessing\",\"sep\":[\"x\",9],\"cls\":[\"y\",0]}"),
                edit("adds the id", "post_processor", "{\"type\":\"RobertaProcessing\",\"sep\":\"x\"}"));
    }

    private static Arguments edit(String expected, String path, String json) {
        return Arguments.of(expected, path, json);
    }

    private static String split(String regex) throws JsonProcessingException {
        return "{\"type\":\"Split\",\"behavior\":\"Isolated\",\"invert\":false,\"pattern\":{\"Regex\":"
                + MAPPER.writeValueAsString(regex) + "}}";
    }

    private static String replace(String regex) throws JsonProcessingException {
        return "{\"type\":\"Replace\",\"content\":\"x\",\"pattern\":{\"Regex\":" + MAPPER.writeValueAsString(regex)
                + "}}";
    }

    private static String template(String single, String specialTokens) {
        String text = "{\"Sequence\":{\"id\":\"%s\",\"type_id\":0}}";
        String pieces = single.replaceAll("\\bA\\b", text.formatted("A"))
                .replaceAll("\\bB\\b", text.formatted("B"))
                .replaceAll("\\bS\\b(?!e)", "{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}}");
        return "{\"type\":\"TemplateProcessing\",\"single\":" + pieces + ",\"pair\":[],\"special_tokens\":"
                + (specialTokens == null
                        ? "{\"<s>\":{\"id\":\"<s>\",\"ids\":[3],\"tokens\":[\"<s>\"]}}"
                        : specialTokens)
                + "}";
    }

    @Test
    void notJsonIsSaidWithThePlace() {
        assertRefused("", "no JSON object");
        assertRefused("nonsense", "line 1");
        assertRefused("null", "no JSON object");
        assertRefused("[]", "no JSON object");
        assertRefused("{}", "no object 'model'");
        assertRefused("{\"model\":{\"vocab\":{}}}", "vocabulary is empty");
        assertRefused(BPE + "{}", "follows");
        assertRefused(BPE.substring(0, 400), "not valid JSON at line");
        assertRefused("[".repeat(5_000_000), "no JSON object");
        assertRefused("{\"a\":" + "[".repeat(5_000_000), "not valid JSON");
        assertRefused("{\"model\":{\"vocab\":" + "{\"a\":".repeat(1_000_000), "not valid JSON");
        assertRefused(BPE.replace("\"vocab\"", "\"merges\":[],\"vocab\""), "Duplicate field 'merges'");
        assertRefused("{\"normalizer\":" + "{\"type\":\"Sequence\",\"normalizers\":[".repeat(300), "not valid JSON");
    }

    @Test
    void bytesThatAreNotUtf8AreSaidToBe() {
        byte[] bytes = BPE.getBytes(StandardCharsets.UTF_8);
        bytes[BPE.indexOf("ab")] = (byte) 0xC3;
        assertThatThrownBy(() -> Tokenizers.open(TokenizerSource.ofJson("my/tokenizer.json", bytes, null)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("my/tokenizer.json is not UTF-8");
    }

    @Test
    void aDamagedConfigIsNamedAsSuch() {
        for (String config :
                new String[] {"", "[]", "{\"pad_token\":7}", "{\"eos_token\":{\"content\":[]}}", "{\"pad_token\":{}}"
                }) {
            assertThatThrownBy(
                            () -> Tokenizers.open(TokenizerSource.ofJson("my/tokenizer.json", utf8(BPE), utf8(config))))
                    .as(config)
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("tokenizer_config.json beside my/tokenizer.json");
        }
    }

    /** Any one byte changed, or the end cut off: the library either gets a file that is sound, or none. */
    @Test
    void randomDamageNeverReachesTheLibrary() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int refused = 0;
        for (String resource : new String[] {Samples.BYTE_LEVEL, Samples.UNIGRAM}) {
            byte[] sound = Samples.bytes(resource);
            for (int i = 0; i < 400; i++) {
                byte[] damaged = i % 10 == 0 ? Arrays.copyOf(sound, random.nextInt(sound.length)) : sound.clone();
                if (i % 10 != 0) {
                    damaged[random.nextInt(damaged.length)] =
                            (byte) (i % 2 == 0 ? random.nextInt(256) : '0' + random.nextInt(75));
                }
                try (Tokenizer tokenizer = Tokenizers.open(TokenizerSource.ofJson("f", damaged, null))) {
                    encode(tokenizer, "Some text, and\n more 123");
                } catch (InvalidInputException e) {
                    assertThat(e.getMessage()).as("seed %d", seed).contains("f").doesNotContain("\n");
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan(80);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "null",
            delimiter = '|',
            value = {
                "{\"pad_token\":\"b\",\"eos_token\":\"a\"} | null | null | 1",
                "{\"pad_token\":{\"content\":\"ab\"}}      | null | null | 2",
                "{\"pad_token\":null,\"eos_token\":\"b\"}  | 2    | null | 2",
                "{\"pad_token\":\"gone\"}                  | 99   | null | 0",
                "{\"eos_token\":\"b\"}                     | null | <pad> | 3",
                "{\"eos_token\":\"b\"}                     | null | null | 1",
                "null                                      | null | </s> | 3",
                "null                                      | null | null | 0",
            })
    void padIsTheTokenizersPadElseItsEosElseZero(String config, Integer paddingId, String addedToken, int expected) {
        String json = addedToken == null ? BPE : BPE.replace("<s>", addedToken);
        if (paddingId != null) {
            json = json.replace(
                    "\"padding\":null",
                    "\"padding\":{\"strategy\":{\"Fixed\":50},\"direction\":\"Right\",\"pad_to_multiple_of\":null,\"pad_id\":"
                            + paddingId + ",\"pad_type_id\":0,\"pad_token\":\"x\"}");
        }
        TokenizerSource source = TokenizerSource.ofJson("f", utf8(json), config == null ? null : utf8(config));
        try (Tokenizer tokenizer = Tokenizers.open(source)) {
            assertThat(tokenizer.specialTokens().padId()).isEqualTo(expected);
            assertThat(encode(tokenizer, "ab")).containsExactly(2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"type\":\"BertProcessing\",\"sep\":[\"b\",1],\"cls\":[\"a\",0]} | [0] | [1]",
                "{\"type\":\"RobertaProcessing\",\"sep\":[\"b\",1],\"cls\":[\"a\",0],\"trim_offsets\":true,\"add_prefix_space\":true} | [0] | [1]",
                "{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true} | [] | []",
                "null | [] | []",
            })
    void processorsOfOtherKindsAreRead(String postProcessor, String prefix, String suffix) {
        try (Tokenizer tokenizer =
                open(BPE.replace("\"post_processor\":null", "\"post_processor\":" + postProcessor))) {
            assertThat(Arrays.toString(tokenizer.specialTokens().prefix())).isEqualTo(prefix);
            assertThat(Arrays.toString(tokenizer.specialTokens().suffix())).isEqualTo(suffix);
        }
    }

    @Test
    void aTextThatTheModelCannotSpellIsNamed() {
        String json = BPE.substring(0, BPE.indexOf("\"model\""))
                + "\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"\":0,\"a\":1},\"unk_token\":\"[UNK]\"}}";
        assertThatThrownBy(() -> open(json).close())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("cannot encode the text that begins with");
    }

    /** A trie that maps A to a, laid out by hand: node 256 is the root's, unit 321 = 256 ^ 'A' leads to the leaf 320. */
    @Test
    void aSoundCharacterMapIsLetThroughAndWorks() {
        int[] units = new int[512];
        units[0] = 256 << 10;
        units[321] = 'A' | 1 << 8 | 1 << 10;
        units[320] = 0x80000000;
        String json = BPE.replace("\"normalizer\":null", "\"normalizer\":" + precompiled(units, "a\0"));
        try (Tokenizer tokenizer = open(json)) {
            assertThat(encode(tokenizer, "AbbA")).containsExactly(2, 1, 0);
        }
        assertThat(PrecompiledCharsMap.damage(table(units, "a\0"))).isEmpty();
        assertThat(PrecompiledCharsMap.damage(table(Arrays.copyOf(units, 500), "a\0")))
                .isPresent();
        for (int[] edit :
                new int[][] {{0, 512 << 10}, {321, 'A' | 1 << 8 | 5000 << 10}, {320, 0x80000003}, {320, 0xFFFFFFFF}}) {
            int[] edited = units.clone();
            edited[edit[0]] = edit[1];
            assertThat(PrecompiledCharsMap.damage(table(edited, "a\0")))
                    .as(Arrays.toString(edit))
                    .isPresent();
        }
        units[320] = 0x80000001;
        assertThat(PrecompiledCharsMap.damage(table(units, "é\0"))).isPresent();
        assertThat(PrecompiledCharsMap.damage(Arrays.copyOf(table(units, ""), 2000)))
                .isPresent();
    }

    /** Tables of noise: what the check lets through, the library must survive. */
    @Test
    void noCharacterMapThatIsLetThroughHurts() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int letThrough = 0;
        for (int i = 0; i < 3000; i++) {
            int[] units = new int[512];
            units[0] = random.nextInt(3) * 128 << 10;
            for (int j = 0; j < 300; j++) {
                int at = 1 + random.nextInt(511);
                units[at] = ((at ^ 256 * random.nextInt(2)) & 0xFF) | random.nextInt(2) << 8 | random.nextInt(12) << 10;
            }
            for (int j = 0; j < 30; j++) {
                units[random.nextInt(512)] = 0x80000000 | random.nextInt(3);
            }
            if (PrecompiledCharsMap.damage(table(units, "a\0b\0")).isEmpty()) {
                letThrough++;
                String json = BPE.replace("\"normalizer\":null", "\"normalizer\":" + precompiled(units, "a\0b\0"));
                try (Tokenizer tokenizer = open(json)) {
                    encode(tokenizer, Samples.randomText(random, 50) + "abcdefghijklmnopqrstuvwxyz");
                }
            }
        }
        assertThat(letThrough).as("seed %d", seed).isGreaterThan(20);
    }

    private static String precompiled(int[] units, String replacements) {
        return "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\""
                + Base64.getEncoder().encodeToString(table(units, replacements)) + "\"}";
    }

    private static byte[] table(int[] units, String replacements) {
        byte[] utf8 = utf8(replacements);
        ByteBuffer table =
                ByteBuffer.allocate(4 + 4 * units.length + utf8.length).order(ByteOrder.LITTLE_ENDIAN);
        table.putInt(4 * units.length);
        Arrays.stream(units).forEach(table::putInt);
        return table.put(utf8).array();
    }

    private static void assertRefused(String json, String expected) {
        assertThatThrownBy(() -> open(json).close())
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("my/tokenizer.json ")
                .hasMessageContaining(expected)
                .hasMessageNotContainingAny("\n", "\r");
    }

    private static Tokenizer open(String json) {
        return Tokenizers.open(TokenizerSource.ofJson("my/tokenizer.json", utf8(json), null));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
