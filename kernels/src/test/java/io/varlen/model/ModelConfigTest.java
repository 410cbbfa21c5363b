package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import io.varlen.attention.AttentionListener;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.attention.Tensor;
import io.varlen.mask.Mask;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    private Path temp;

    private final Backend backend = Backends.open("cpu", 1);

    @AfterEach
    void close() {
        backend.close();
    }

    private static final String BERT = """
            {"model_type":"bert","vocab_size":90,"hidden_size":24,"num_hidden_layers":2,"num_attention_heads":3,
            "intermediate_size":48,"max_position_embeddings":64}""";

    @Test
    void readsBertWithItsDefaults() {
        assertThat(read(BERT)).isEqualTo(new BertConfig("bert", 90, 24, 2, 3, 48, Activation.GELU, 64, 0, 2, 1e-12f));
        assertThat(read(BERT).maxPositions()).isEqualTo(64);
    }

    @Test
    void robertaCountsPositionsFromBehindThePaddingId() {
        String roberta = BERT.replace("\"bert\"", "\"xlm-roberta\",\"pad_token_id\":1,\"layer_norm_eps\":1e-5");
        BertConfig config = (BertConfig) read(roberta);
        assertThat(config.firstPosition()).isEqualTo(2);
        assertThat(config.maxPositions()).isEqualTo(62);
        assertThat(config.layerNormEpsilon()).isEqualTo(1e-5f);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "bert"               | "gpt2"                          | 'gpt2'; supported are bert, roberta, xlm-roberta
            "model_type":"bert"  | "model":"bert"                  | 'model_type' is missing
            "model_type":"bert"  | "model_type":7                  | must be a string
            "vocab_size":90      | "vocab_size":-1                 | 'vocab_size' is -1; it must be an integer from 1
            "vocab_size":90      | "vocab_size":99999999999999999  | 'vocab_size'
            "vocab_size":90      | "vocab_size":9.5                | 'vocab_size' is 9.5
            "vocab_size":90      | "vocab_size":"90"               | 'vocab_size' is "90"
            "vocab_size":90      | "vocab_size":null               | 'vocab_size' is missing
            "vocab_size":90      | "vocab_size":[90]               | a JSON ARRAY
            "hidden_size":24     | "hidden_size":25                | no multiple of 'num_attention_heads' 3
            "hidden_size":24     | "hidden_size":2147483647        | 'hidden_size'
            "bert"               | "bert","hidden_act":"mish"      | 'hidden_act' is 'mish'; supported are gelu, gelu_new
            "bert"               | "bert","is_decoder":true        | 'is_decoder'
            "bert"               | "bert","layer_norm_eps":"x"     | 'layer_norm_eps'
            "bert"               | "bert","layer_norm_eps":-1      | 'layer_norm_eps'
            "bert"               | "bert","position_embedding_type":"relative_key" | supported is absolute
            "bert"               | "roberta","pad_token_id":63     | no position
            "bert"               | "bert","vocab_size":90          | Duplicate
            """)
    void refusesWhatItDoesNotCompute(String part, String replacement, String message) {
        assertThatThrownBy(() -> read(BERT.replace(part, replacement)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(message);
    }

    /** Each row: a family's own file with one value set. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            llama      | hidden_act               | "gelu_10"                     | 'hidden_act' is 'gelu_10'; supported are gelu, gelu_new, gelu_pytorch_tanh, silu, swish and relu
            llama      | num_key_value_heads      | 3                             | 'num_attention_heads' 4 is no multiple of 'num_key_value_heads' 3
            llama      | num_key_value_heads      | 8                             | 'num_key_value_heads' is 8; it must be an integer from 1 to 4
            llama      | num_key_value_heads      | 0                             | 'num_key_value_heads' is 0
            llama      | head_dim                 | 5                             | a head has 5 elements
            llama      | head_dim                 | 1000000                       | 'head_dim' is 1000000
            llama      | num_hidden_layers        | 1000000000                    | 'num_hidden_layers'
            llama      | rms_norm_eps             | -1                            | 'rms_norm_eps' is -1
            llama      | tie_word_embeddings      | "yes"                         | 'tie_word_embeddings' is "yes"; it must be true or false
            llama      | is_causal                | false                         | 'is_causal' is false
            llama      | quantization_config      | {"bits":4}                    | supported are weights in fp32, bf16 and fp16
            llama      | rope_parameters          | "default"                     | 'rope_parameters' is "default"; it must be a JSON object
            llama      | rope_parameters          | {"rope_type":"yarn"}          | config.json: 'rope_parameters': 'rope_type' is 'yarn'; supported are default, linear and llama3
            llama      | rope_parameters          | {"rope_type":"linear"}        | 'factor' is missing
            llama      | rope_parameters          | {"rope_theta":0}              | 'rope_theta' is 0
            llama      | rope_parameters          | {"rope_theta":-5}             | 'rope_theta' is -5
            llama      | rope_parameters          | {"rope_type":"linear","factor":0} | 'factor' is 0
            llama      | rope_parameters          | {"rope_type":"llama3","factor":2,"low_freq_factor":4,"high_freq_factor":4} | not above 'low_freq_factor'
            llama      | rope_parameters          | {"full_attention":{}}         | supported is one rotation for all layers
            llama      | rope_scaling             | {"type":"dynamic","factor":2} | 'rope_scaling': 'rope_type' is 'dynamic'
            llama      | partial_rotary_factor    | 0.5                           | 'partial_rotary_factor' is 0.5; supported is 1
            mistral    | sliding_window           | 0                             | 'sliding_window' is 0
            mistral    | layer_types              | ["sliding_attention","full_attention","sliding_attention"] | 'layer_types' names "full_attention"; supported are sliding_attention
            qwen2      | layer_types              | ["full_attention"]            | one name for each of the 3 layers
            qwen2      | layer_types              | ["full_attention","full_attention",7] | 'layer_types' names 7
            qwen2      | use_sliding_window       | false                         | 'layer_types' names "sliding_attention"; supported are full_attention
            qwen3      | layer_types              | "full_attention"              | 'layer_types' must be a list
            qwen3      | max_position_embeddings  | 2147483647                    | 'max_position_embeddings'
            llama4     | moe_layers               | [0,1]                         | 'moe_layers' is a JSON ARRAY; supported are models without experts
            llama4     | moe_layers               | null                          | so every 'interleave_moe_layer_step'-th layer has experts
            llama4     | attention_chunk_size     | null                          | 'attention_chunk_size' is null
            llama4     | attention_chunk_size     | -1                            | 'attention_chunk_size' is -1
            llama4     | no_rope_layers           | [1]                           | 'no_rope_layers' must be a list
            llama4     | no_rope_layers           | [1,0,"x"]                     | 'no_rope_layers' must be a list
            llama4     | floor_scale              | 0                             | 'floor_scale' is 0
            modernbert | layer_types              | ["full_attention","chunked_attention","full_attention","full_attention"] | 'layer_types' names "chunked_attention"
            modernbert | rope_scaling             | {"type":"linear","factor":2}  | 'rope_scaling' is there
            modernbert | rope_parameters          | {"full_attention":{"rope_type":"yarn"}} | config.json: 'rope_parameters': 'full_attention': 'rope_type' is 'yarn'
            modernbert | local_attention          | -2                            | 'local_attention' is -2
            modernbert | hidden_size              | 18                            | 'hidden_size' 18 is no multiple of 'num_attention_heads' 4
            modernbert | hidden_size              | 20                            | a head has 5 elements
            distilbert | activation               | "tanh"                        | 'activation' is 'tanh'
            distilbert | n_heads                  | 3                             | 'dim' 16 is no multiple of 'n_heads' 3
            """)
    void refusesWhatAFamilyDoesNotCompute(String name, String key, String value, String message) throws IOException {
        ObjectNode json = config(name);
        json.set(key, MAPPER.readTree(value));
        assertThatThrownBy(() -> read(json.toString()))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageContaining("config.json")
                .hasMessageContaining(message);
        assertThat(Hostile.refused(() -> read(json.toString()))).isTrue();
    }

    /**
     * Every key of every family missing, null, negative, huge, and of another type: refused in one line, by itself or because the
     * weights do not fit it, or taken and computed with.
     */
    @Test
    void anyValueUnderAnyKeyIsTakenOrRefused() throws IOException {
        List<String> values =
                List.of("null", "-1", "0", "1", "2147483647", "1e300", "\"x\"", "[]", "[1]", "{}", "true");
        int refused = 0;
        for (String name : TinyModels.NAMES) {
            Path folder = TinyModels.folder(name, temp);
            for (String key : keys(name)) {
                for (String value : values) {
                    ObjectNode json = config(name);
                    json.set(key, MAPPER.readTree(value));
                    refused += Hostile.refused(() -> compute(folder, json)) ? 1 : 0;
                }
                ObjectNode json = config(name);
                json.remove(key);
                refused += Hostile.refused(() -> compute(folder, json)) ? 1 : 0;
            }
        }
        assertThat(refused).isGreaterThan(500);
    }

    /** The configurations of transformers 4: {@code rope_theta} and {@code rope_scaling}, and no {@code layer_types}. */
    @Test
    void readsTheSpellingsOfTransformers4() throws IOException {
        DecoderConfig now = (DecoderConfig) read(config("llama").toString());
        ObjectNode old = config("llama");
        ObjectNode rope = (ObjectNode) old.remove("rope_parameters");
        old.set("rope_theta", rope.remove("rope_theta"));
        rope.set("type", rope.remove("rope_type"));
        old.set("rope_scaling", rope);
        assertThat(read(old.toString())).isEqualTo(now);

        ObjectNode qwen = config("qwen2");
        qwen.remove("layer_types");
        assertThat(read(qwen.toString())).isEqualTo(read(config("qwen2").toString()));

        ObjectNode modernBert = config("modernbert");
        modernBert.remove(List.of("layer_types", "rope_parameters"));
        modernBert.put("global_attn_every_n_layers", 3);
        modernBert.put("global_rope_theta", 160000.0).put("local_rope_theta", 10000.0);
        assertThat(read(modernBert.toString()))
                .isEqualTo(read(config("modernbert").toString()));
    }

    @Test
    void whatALayerSeesIsWhatItsFamilySays() throws IOException {
        assertThat(masks("llama")).isEqualTo(Map.of("global", Mask.causal()));
        assertThat(masks("mistral")).isEqualTo(Map.of("local", Mask.slidingWindow(4, 0)));
        assertThat(masks("qwen2")).isEqualTo(Map.of("global", Mask.causal(), "local", Mask.slidingWindow(3, 0)));
        assertThat(masks("llama4"))
                .isEqualTo(
                        Map.of("global", Mask.causal(), "local", Mask.causal().and(Mask.chunked(8))));
        ModernBertConfig modernBert =
                (ModernBertConfig) read(config("modernbert").toString());
        assertThat(modernBert.masks()).isEqualTo(Map.of("global", Mask.full(), "local", Mask.slidingWindow(3, 3)));
        assertThat(modernBert.layerMasks()).startsWith("global", "local", "local");
    }

    private static Map<String, Mask> masks(String name) throws IOException {
        return ((DecoderConfig) read(config(name).toString())).masks();
    }

    private void compute(Path folder, ObjectNode json) {
        try {
            Files.writeString(folder.resolve("config.json"), json.toString());
            ModelFiles files = ModelFiles.open(folder);
            try (Transformer model = Models.transformer(files, backend);
                    Tensor states = model.forward(
                            TinyModels.pack(new int[Math.min(9, model.maxPositions())]), AttentionListener.NONE)) {
                assertThat(states.columns()).isEqualTo(files.config().hiddenSize());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> keys(String name) throws IOException {
        List<String> keys = new ArrayList<>();
        config(name).fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    private static ObjectNode config(String name) throws IOException {
        return (ObjectNode) MAPPER.readTree(TinyModels.bytes(name, "config.json"));
    }

    @Test
    void refusesWhatIsNoObject() {
        for (String json : new String[] {"", "[]", "7", "null", "{", BERT + "}", "[".repeat(100_000), "\u0000"}) {
            assertThat(Hostile.refused(() -> read(json))).as(json).isTrue();
        }
    }

    @Test
    void anythingCutOrDamagedIsTakenOrRefused() {
        for (int length = 0; length < BERT.length(); length++) {
            String cut = BERT.substring(0, length);
            assertThat(Hostile.refused(() -> read(cut))).isTrue();
        }
        for (int seed = 0; seed < 5000; seed++) {
            Random dice = new Random(seed);
            byte[] damaged = BERT.getBytes(StandardCharsets.UTF_8);
            for (int i = dice.nextInt(5); i >= 0; i--) {
                damaged[dice.nextInt(damaged.length)] = (byte) dice.nextInt(256);
            }
            Hostile.refused(() -> ModelConfig.read(JsonFile.parse("config.json", damaged)));
        }
    }

    private static ModelConfig read(String json) {
        return ModelConfig.read(JsonFile.parse("config.json", json.getBytes(StandardCharsets.UTF_8)));
    }
}
