package io.varlen.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.varlen.InvalidInputException;
import io.varlen.attention.Activation;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigTest {
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
