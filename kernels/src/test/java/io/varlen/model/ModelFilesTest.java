package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Pooling;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFilesTest {
    private static final String MODULES = """
            [{"idx":0,"name":"0","path":"","type":"sentence_transformers.models.Transformer"},
             {"idx":1,"name":"1","path":"1_Pooling","type":"sentence_transformers.models.Pooling"},
             {"idx":2,"name":"2","path":"2_Normalize","type":"sentence_transformers.models.Normalize"}]""";

    @TempDir
    private Path temp;

    private Path folder;

    @BeforeEach
    void copyModel() throws IOException {
        folder = TinyModels.folder("bert", temp);
    }

    @Test
    void aPlainFolderIsPooledByTheMean() throws IOException {
        ModelFiles files = ModelFiles.open(folder);
        assertThat(files.name()).isEqualTo(folder.toString());
        assertThat(files.pooling()).isEqualTo(Pooling.MEAN);
        assertThat(files.normalizes()).isFalse();
        assertThat(files.maxLength()).isEqualTo(64);
        assertThat(files.tokenizer().json()).isEqualTo("{}".getBytes(StandardCharsets.UTF_8));
        assertThat(files.tokenizer().configJson()).isNull();
        assertThat(files.tokenizer().sha256())
                .isEqualTo("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
        write("tokenizer_config.json", "{\"pad_token\":\"x\"}");
        assertThat(ModelFiles.open(folder).tokenizer().configJson()).hasSize(17);
    }

    @Test
    void sentenceTransformersSayHowAVectorIsMade() throws IOException {
        write("modules.json", MODULES);
        write("sentence_bert_config.json", "{\"max_seq_length\":48,\"do_lower_case\":false}");
        write(
                "1_Pooling/config.json",
                "{\"word_embedding_dimension\":24,\"pooling_mode_cls_token\":true,\"pooling_mode_mean_tokens\":false}");
        ModelFiles files = ModelFiles.open(folder);
        assertThat(files.pooling()).isEqualTo(Pooling.CLS);
        assertThat(files.normalizes()).isTrue();
        assertThat(files.maxLength()).isEqualTo(48);
        write("sentence_bert_config.json", "{\"max_seq_length\":4096}");
        write("1_Pooling/config.json", "{\"pooling_mode\":\"mean\",\"pooling_mode_cls_token\":true}");
        write("modules.json", MODULES.replaceAll(",\\s*\\{\"idx\":2.*}", ""));
        assertThat(ModelFiles.open(folder).maxLength()).isEqualTo(64);
        assertThat(ModelFiles.open(folder).pooling()).isEqualTo(Pooling.MEAN);
        assertThat(ModelFiles.open(folder).normalizes()).isFalse();
        write("1_Pooling/config.json", "{}");
        assertThat(ModelFiles.open(folder).pooling()).isEqualTo(Pooling.MEAN);
    }

    @Test
    void theEncoderMayLieInAFolderOfItsOwn() throws IOException {
        Files.move(TinyModels.folder("bert", temp.resolve("other")), folder.resolve("0_Transformer"));
        for (String name : new String[] {"config.json", "model.safetensors", "tokenizer.json"}) {
            Files.delete(folder.resolve(name));
        }
        write("modules.json", MODULES.replace("\"path\":\"\"", "\"path\":\"0_Transformer\""));
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":true}");
        assertThat(ModelFiles.open(folder).config().hiddenSize()).isEqualTo(24);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            models.Normalize                | models.Dense               | [Transformer, Pooling, Dense]; supported
            "path":"1_Pooling"              | "path":"../1_Pooling"      | '../1_Pooling' is not the plain name
            "path":"1_Pooling"              | "path":".."                | '..' is not the plain name
            "path":"1_Pooling"              | "path":"/etc"              | '/etc' is not the plain name
            "path":"1_Pooling"              | "path":"2_Pooling"         | does not exist
            models.Transformer              | models.CLIPModel           | [CLIPModel, Pooling
            [{                              | {"x":[{                    | not valid JSON
            """)
    void refusesModulesThatItDoesNotCompute(String part, String replacement, String message) throws IOException {
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":true}");
        write("modules.json", MODULES.replace(part, replacement));
        assertRefused(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                                               | MEAN
            {"pooling_mode":"cls"}                                           | CLS
            {"pooling_mode":["lasttoken"]}                                   | LAST_TOKEN
            {"pooling_mode":"max"}                                           | MAX
            {"pooling_mode":"mean_sqrt_len_tokens"}                          | MEAN_SQRT_LENGTH
            {"pooling_mode":"weightedmean"}                                  | WEIGHTED_MEAN
            {"pooling_mode_lasttoken":true}                                  | LAST_TOKEN
            {"pooling_mode_mean_tokens":false,"pooling_mode_max_tokens":true} | MAX
            {"pooling_mode_mean_sqrt_len_tokens":true}                       | MEAN_SQRT_LENGTH
            {"pooling_mode_weightedmean_tokens":true}                        | WEIGHTED_MEAN
            {"pooling_mode_cls_token":false}                                 | MEAN
            """)
    void poolsAsTheSettingsSay(String settings, Pooling pooling) throws IOException {
        write("modules.json", MODULES);
        write("1_Pooling/config.json", settings);
        assertThat(ModelFiles.open(folder).pooling()).isEqualTo(pooling);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            1_Pooling/config.json             | {"pooling_mode_mean_tokens":true,"pooling_mode_max_tokens":true} | [max, mean]; supported is one of cls, max, mean,
            1_Pooling/config.json             | {"pooling_mode":["mean","cls"]}    | [mean, cls]; supported is one of
            1_Pooling/config.json             | {"pooling_mode":[]}                | the pooling modes are []
            1_Pooling/config.json             | {"pooling_mode":"attention"}       | [attention]
            1_Pooling/config.json             | {"pooling_mode":7}                 | 'pooling_mode' is 7; it must be a string
            1_Pooling/config.json             | {"pooling_mode_mean_tokens":1}     | must be true or false
            1_Pooling/config.json             | {"include_prompt":"no"}            | 'include_prompt' is "no"
            sentence_bert_config.json         | {"do_lower_case":true}             | 'do_lower_case' is true
            sentence_bert_config.json         | {"max_seq_length":0}               | 'max_seq_length' is 0
            sentence_bert_config.json         | {"transformer_task":"fill-mask"}   | 'transformer_task' is 'fill-mask'; supported is feature-extraction
            sentence_bert_config.json         | {"module_output_name":"x"}         | supported is token_embeddings
            sentence_bert_config.json         | {"modality_config":{"text":{"method_output_name":"pooler_output"}}} | supported is last_hidden_state
            sentence_bert_config.json         | {"modality_config":[]}             | 'modality_config' is a JSON ARRAY; it must be a JSON object
            sentence_bert_config.json         | {"processing_kwargs":{"text":{}}}  | 'processing_kwargs' are there
            tokenizer_config.json             | {"model_max_length":-1}            | 'model_max_length' is -1
            config_sentence_transformers.json | {"prompts":{"a\\nb":[]}}         | 'prompts': 'a?b' is a JSON ARRAY; it must be a string
            config_sentence_transformers.json | {"truncate_dim":0}                 | 'truncate_dim' is 0
            config_sentence_transformers.json | {"prompts":{"q":7}}                | 'prompts': 'q' is 7; it must be a string
            config_sentence_transformers.json | {"prompts":{"q":"q: "},"default_prompt_name":"p"} | 'default_prompt_name' is 'p', which is none of the prompts [document, q, query]
            """)
    void refusesSettingsThatItDoesNotHonour(String file, String settings, String message) throws IOException {
        write("modules.json", MODULES);
        write("1_Pooling/config.json", "{}");
        write(file, settings);
        assertRefused(message);
    }

    @Test
    void aPromptIsFoundByItsNameOrTheDefaultOne() throws IOException {
        assertThat(ModelFiles.open(folder).prompts()).isEqualTo(Prompts.NONE);
        write(
                "config_sentence_transformers.json",
                "{\"prompts\":{\"q\":\"query: \",\"d\":null},\"default_prompt_name\":null}");
        Prompts prompts = ModelFiles.open(folder).prompts();
        assertThat(prompts.resolve(null, null)).isEmpty();
        assertThat(prompts.resolve(null, "q")).isEqualTo("query: ");
        assertThat(prompts.resolve(null, "d")).isEmpty();
        assertThat(prompts.resolve(null, "document")).isEmpty();
        assertThat(prompts.resolve("mine: ", "q")).isEqualTo("mine: ");
        assertThatThrownBy(() -> prompts.resolve(null, "r"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("the model has no prompt 'r'; it has d, document, q, query");
        write("config_sentence_transformers.json", "{\"prompts\":{\"q\":\"query: \"},\"default_prompt_name\":\"q\"}");
        Prompts byDefault = ModelFiles.open(folder).prompts();
        assertThat(byDefault.resolve(null, null)).isEqualTo("query: ");
        assertThat(byDefault.resolve(null, "document")).isEmpty();
        assertThat(byDefault.resolve("", null)).isEmpty();
    }

    @Test
    void aPromptThatPoolingLeavesOutIsRefused() throws IOException {
        write("modules.json", MODULES);
        write("1_Pooling/config.json", "{\"include_prompt\":false}");
        Prompts prompts = ModelFiles.open(folder).prompts();
        assertThat(prompts.resolve(null, null)).isEmpty();
        assertThatThrownBy(() -> prompts.resolve("query: ", null))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("'include_prompt' is false");
    }

    @Test
    void theTokenizersLimitHoldsWhereTheModelHasNone() throws IOException {
        write("tokenizer_config.json", "{\"model_max_length\":20}");
        assertThat(ModelFiles.open(folder).maxLength()).isEqualTo(20);
        write("sentence_bert_config.json", "{\"transformer_task\":\"feature-extraction\"}");
        assertThat(ModelFiles.open(folder).maxLength()).isEqualTo(20);
        write("sentence_bert_config.json", "{\"max_seq_length\":30}");
        assertThat(ModelFiles.open(folder).maxLength()).isEqualTo(30);
        Files.delete(folder.resolve("sentence_bert_config.json"));
        write("tokenizer_config.json", "{\"model_max_length\":1000000000000000019884624838656}");
        assertThat(ModelFiles.open(folder).maxLength()).isEqualTo(64);
    }

    @ParameterizedTest
    @CsvSource({"llama, LAST_TOKEN", "qwen3, MEAN", "modernbert, MEAN"})
    void aPlainLanguageModelIsPooledToItsLastToken(String name, Pooling pooling) throws IOException {
        assertThat(ModelFiles.open(TinyModels.folder(name, temp)).pooling()).isEqualTo(pooling);
    }

    @Test
    void aVectorMayBeCutShort() throws IOException {
        assertThat(ModelFiles.open(folder).dimension()).isEqualTo(24);
        write("config_sentence_transformers.json", "{\"truncate_dim\":8}");
        assertThat(ModelFiles.open(folder).dimension()).isEqualTo(8);
        write("config_sentence_transformers.json", "{\"truncate_dim\":800}");
        assertThat(ModelFiles.open(folder).dimension()).isEqualTo(24);
    }

    @Test
    void namesInFilesNeverLeadOut() throws IOException {
        for (String path : new String[] {"x\\n/../..", "..\\\\", "\\u0000", "a/b", "\\ud800", "é/", "."}) {
            write("modules.json", MODULES.replace("\"path\":\"1_Pooling\"", "\"path\":\"" + path + "\""));
            assertThat(Hostile.refused(() -> ModelFiles.open(folder))).as(path).isTrue();
        }
    }

    @Test
    void refusesAConfigurationThatIsFarTooLarge() throws IOException {
        write("config.json", "[" + "{},".repeat(2 << 20) + "{}]");
        assertRefused("config.json is larger than 4 MiB");
    }

    @Test
    void saysWhatIsMissing() throws IOException {
        assertThatThrownBy(() -> ModelFiles.open(temp.resolve("nowhere")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("nowhere does not exist")
                .hasMessageContaining(ModelFiles.BUILTIN);
        assertThatThrownBy(() -> ModelFiles.open(folder.resolve("config.json")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("is not a folder");
        Files.delete(folder.resolve("tokenizer.json"));
        assertRefused("holds no tokenizer.json");
        Files.delete(folder.resolve("model.safetensors"));
        write("pytorch_model.bin", "x");
        assertRefused("no safetensors file");
        Files.delete(folder.resolve("config.json"));
        assertRefused("holds no config.json");
    }

    @Test
    void weightsMustBeThoseOfTheConfiguration() throws IOException {
        try (Backend backend = Backends.open("cpu", 1)) {
            String config = Files.readString(folder.resolve("config.json"));
            write("config.json", config.replace("\"vocab_size\": 90", "\"vocab_size\": 91"));
            assertThatThrownBy(() -> Models.encoder(ModelFiles.open(folder), backend))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("word_embeddings.weight' has the shape [90, 24]")
                    .hasMessageContaining("[91, 24]");
            write("config.json", config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"));
            assertThatThrownBy(() -> Models.encoder(ModelFiles.open(folder), backend))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no tensor 'encoder.layer.2.attention.self.query.weight'");
            new SafetensorsWriter().f32("unrelated", new float[1], 1).write(folder.resolve("model.safetensors"));
            assertThatThrownBy(() -> Models.encoder(ModelFiles.open(folder), backend))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("no tensor 'embeddings.word_embeddings.weight'");
        }
    }

    @Test
    void weightsMustBeThoseThatWereHashed() throws IOException {
        Path weights = folder.resolve("model.safetensors");
        ModelFiles files = ModelFiles.open(folder);
        byte[] others = Files.readAllBytes(weights);
        others[others.length - 1] ^= 1;
        FileTime before = Files.getLastModifiedTime(weights);
        Files.write(weights, others);
        Files.setLastModifiedTime(weights, FileTime.fromMillis(before.toMillis() + 1));
        try (Backend backend = Backends.open("cpu", 1)) {
            assertThatThrownBy(() -> Models.encoder(files, backend))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("have changed since this process hashed them");
            Models.encoder(ModelFiles.open(folder), backend).close();
        }
    }

    @Test
    void shardsAndPrefixesGiveTheSameVectors() throws IOException {
        int[] ids = {5, 6, 7};
        try (Backend backend = Backends.open("cpu", 1);
                Encoder whole = Models.encoder(ModelFiles.open(folder), backend)) {
            float[] expected = whole.embed(TinyModels.pack(ids));
            shard("bert.");
            try (Encoder sharded = Models.encoder(ModelFiles.open(folder), backend)) {
                assertThat(sharded.embed(TinyModels.pack(ids))).containsExactly(expected);
            }
        }
    }

    @Test
    void refusesAnIndexThatIsNotRight() throws IOException {
        shard("");
        Path index = folder.resolve("model.safetensors.index.json");
        String right = Files.readString(index);
        write("model.safetensors.index.json", right.replace("b.safetensors", "c.safetensors"));
        assertRefused("names \"c.safetensors\", which is no file beside it");
        write("model.safetensors.index.json", right.replace("b.safetensors", "../b.safetensors"));
        assertRefused("not the plain name");
        write("model.safetensors.index.json", "{\"weight_map\":{}}");
        assertRefused("'weight_map' must be");
        write("model.safetensors.index.json", "{\"weight_map\":{\"x\":7}}");
        assertRefused("names 7");
        write("model.safetensors.index.json", right);
        Files.copy(
                folder.resolve("a.safetensors"), folder.resolve("b.safetensors"), StandardCopyOption.REPLACE_EXISTING);
        assertRefused("is in another file of the model too");
        Files.delete(index);
        assertRefused("2 safetensors files and no model.safetensors.index.json");
    }

    @Test
    void theDigestIsThatOfWhatDecidesAboutVectors() throws IOException {
        String digest = ModelFiles.open(folder).sha256();
        assertThat(digest).matches("[0-9a-f]{64}");
        write("README.md", "x");
        write("tokenizer.json", "{ }");
        assertThat(ModelFiles.open(folder).sha256()).isEqualTo(digest);
        write("modules.json", MODULES);
        write("1_Pooling/config.json", "{\"pooling_mode_mean_tokens\":true}");
        assertThat(ModelFiles.open(folder).sha256()).isNotEqualTo(digest);
        Files.delete(folder.resolve("modules.json"));
        byte[] weights = Files.readAllBytes(folder.resolve("model.safetensors"));
        weights[weights.length - 1] ^= 1;
        Files.write(folder.resolve("model.safetensors"), weights);
        assertThat(ModelFiles.open(folder).sha256()).isNotEqualTo(digest);
    }

    @Test
    void theBuiltinModelIsFoundOnTheClassPath() {
        ModelFiles files = ModelFiles.builtin(null);
        assertThat(files.name()).isEqualTo("builtin:all-minilm-l6-v2");
        assertThat(files.maxLength()).isEqualTo(512);
        assertThat(files.pooling()).isEqualTo(Pooling.MEAN);
        assertThat(files.normalizes()).isTrue();
        assertThat(files.tokenizer().json()).hasSizeGreaterThan(700_000);
    }

    @Test
    void refusesAJarThatIsNotTheBuiltinModels() throws IOException {
        assertThatThrownBy(() -> ModelFiles.builtin(temp.resolve("no.jar")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("no.jar")
                .hasMessageContaining("does not exist");
        Path jar = temp.resolve("broken.jar");
        Files.write(jar, new byte[100]);
        assertThatThrownBy(() -> ModelFiles.builtin(jar))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("broken.jar");
        zip(jar, "other.txt", new byte[1]);
        assertThatThrownBy(() -> ModelFiles.builtin(jar))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("holds no all-minilm-l6-v2.onnx");
        zip(jar, "all-minilm-l6-v2.onnx", new byte[] {0x3a, 0x7f});
        assertThatThrownBy(() -> ModelFiles.builtin(jar)).isInstanceOf(InvalidInputException.class);
    }

    private static void zip(Path file, String entry, byte[] bytes) throws IOException {
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(bytes);
        }
    }

    /** Splits the model's tensors over two files with an index. */
    private void shard(String prefix) throws IOException {
        Path single = folder.resolve("model.safetensors");
        SafetensorsWriter[] shards = {new SafetensorsWriter(), new SafetensorsWriter()};
        ObjectNode index = new ObjectMapper().createObjectNode();
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(single)).order(ByteOrder.LITTLE_ENDIAN);
        int dataStart = 8 + (int) bytes.getLong(0);
        JsonNode header = new ObjectMapper().readTree(bytes.array(), 8, dataStart - 8);
        for (var tensor : header.properties()) {
            if (tensor.getKey().equals("__metadata__")) {
                continue;
            }
            int shard = index.size() % 2;
            JsonNode offsets = tensor.getValue().get("data_offsets");
            byte[] elements = Arrays.copyOfRange(
                    bytes.array(),
                    dataStart + offsets.get(0).intValue(),
                    dataStart + offsets.get(1).intValue());
            int[] shape = new ObjectMapper().convertValue(tensor.getValue().get("shape"), int[].class);
            shards[shard].raw(prefix + tensor.getKey(), "F32", elements, shape);
            index.put(prefix + tensor.getKey(), shard == 0 ? "a.safetensors" : "b.safetensors");
        }
        Files.delete(single);
        shards[0].write(folder.resolve("a.safetensors"));
        shards[1].write(folder.resolve("b.safetensors"));
        write("model.safetensors.index.json", "{\"metadata\":{},\"weight_map\":" + index + "}");
    }

    private void assertRefused(String message) {
        assertThatThrownBy(() -> ModelFiles.open(folder))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining(folder.toString())
                .hasMessageContaining(message);
    }

    private void write(String name, String content) throws IOException {
        Files.createDirectories(folder.resolve(name).getParent());
        Files.writeString(folder.resolve(name), content);
    }
}
