package io.varlen.sequence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class UnpaddingTest {
    /** The example of flash-attention's documentation of {@code unpad_input_for_concatenated_sequences}. */
    @Test
    void readsFlashAttentionsOwnExample() {
        int[][] inLength = {{2, 3, 0, 0, 0, 0}, {3, 2, 0, 0, 0, 0}, {6, 0, 0, 0, 0, 0}};
        Unpadding unpadding = Unpadding.ofAttentionMaskInLength(inLength);
        assertThat(unpadding.indices()).containsExactly(0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17);
        assertThat(unpadding.cuSeqlens().toArray()).containsExactly(0, 2, 5, 8, 10, 16);
        assertThat(unpadding.maxSeqlen()).isEqualTo(6);
        assertThat(unpadding.attentionMask())
                .isEqualTo(new int[][] {{1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 0}, {1, 1, 1, 1, 1, 1}});
    }

    @Test
    void paddingMayBeAnywhere() {
        Unpadding unpadding = Unpadding.ofAttentionMask(new int[][] {{0, 1, 1}, {1, 0, 1}, {0, 0, 0}, {1, 1, 0}});
        assertThat(unpadding.indices()).containsExactly(1, 2, 3, 5, 9, 10);
        assertThat(unpadding.cuSeqlens().toArray()).containsExactly(0, 2, 4, 4, 6);
        assertThat(unpadding.maxSeqlen()).isEqualTo(2);
    }

    @Property(tries = 300)
    void whatIsUnpaddedAndPaddedComesBack(@ForAll long seed) {
        Random dice = new Random(seed);
        int rows = dice.nextInt(6);
        int length = dice.nextInt(9);
        int columns = dice.nextInt(4);
        int[][] mask = new int[rows][length];
        int[][] ids = new int[rows][length];
        float[] states = new float[rows * length * columns];
        List<Integer> real = new ArrayList<>();
        for (int i = 0; i < rows * length; i++) {
            mask[i / length][i % length] = dice.nextInt(2);
            boolean token = mask[i / length][i % length] == 1;
            ids[i / length][i % length] = token ? 1 + dice.nextInt(100) : -7;
            for (int c = 0; c < columns; c++) {
                states[i * columns + c] = token ? 1 + dice.nextFloat() : 0;
            }
            if (token) {
                real.add(ids[i / length][i % length]);
            }
        }
        Unpadding unpadding = Unpadding.ofAttentionMask(mask);
        assertThat(unpadding.attentionMask()).isEqualTo(mask);
        assertThat(unpadding.cuSeqlens().lengths())
                .containsExactly(Arrays.stream(mask)
                        .mapToInt(row -> Arrays.stream(row).sum())
                        .toArray());
        int[] packed = unpadding.unpadInput(ids);
        assertThat(packed).containsExactly(real.stream().mapToInt(i -> i).toArray());
        assertThat(unpadding.padInput(packed, -7)).isEqualTo(ids);
        float[] packedStates = unpadding.unpadInput(states, columns);
        assertThat(packedStates).hasSize(real.size() * columns).doesNotContain(0f);
        assertThat(unpadding.padInput(packedStates, columns)).containsExactly(states);
    }

    @Property(tries = 300)
    void concatenatedSequencesComeBack(@ForAll long seed) {
        Random dice = new Random(seed);
        int rows = dice.nextInt(6);
        int length = 1 + dice.nextInt(12);
        int[][] inLength = new int[rows][length];
        int[][] mask = new int[rows][length];
        List<Integer> lengths = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int room = length;
            for (int i = 0; i < length && dice.nextInt(4) > 0 && room > 0; i++) {
                inLength[row][i] = 1 + dice.nextInt(room);
                room -= inLength[row][i];
                lengths.add(inLength[row][i]);
            }
            Arrays.fill(mask[row], 0, length - room, 1);
        }
        Unpadding unpadding = Unpadding.ofAttentionMaskInLength(inLength);
        assertThat(unpadding.attentionMaskInLength()).isEqualTo(inLength);
        assertThat(unpadding.attentionMask()).isEqualTo(mask);
        assertThat(unpadding.indices())
                .containsExactly(Unpadding.ofAttentionMask(mask).indices());
        assertThat(unpadding.cuSeqlens().lengths())
                .containsExactly(lengths.stream().mapToInt(i -> i).toArray());
    }

    /** As a dense mask would have them: a token's document is told by the EOS before it. */
    @Property(tries = 300)
    void documentsEndBehindEachEosOrBeforeIt(@ForAll long seed) {
        Random dice = new Random(seed);
        int[] ids = dice.ints(dice.nextInt(20), 0, 4).toArray();
        int[] documents = new int[ids.length];
        int[] texts = new int[ids.length];
        int document = 0;
        for (int t = 0; t < ids.length; t++) {
            documents[t] = document;
            texts[t] = ids[t] == 3 ? -1 : document;
            document += ids[t] == 3 ? 1 : 0;
        }
        assertThat(CuSeqlens.ofEosId(ids, 3).segmentIds()).containsExactly(documents);
        Unpadding between = Unpadding.betweenEos(ids, 3);
        int[] found = new int[ids.length];
        Arrays.fill(found, -1);
        int[] indices = between.indices();
        for (int t = 0; t < indices.length; t++) {
            found[indices[t]] = between.cuSeqlens().segmentIds()[t];
        }
        assertThat(found).containsExactly(texts);
        assertThat(between.cuSeqlens().total()).isEqualTo(indices.length);
    }

    @Test
    void edgesOfEos() {
        assertThat(CuSeqlens.ofEosId(new int[0], 3).toArray()).containsExactly(0);
        assertThat(CuSeqlens.ofEosId(new int[] {3, 3, 1}, 3).toArray()).containsExactly(0, 1, 2, 3);
        assertThat(CuSeqlens.ofEosId(new int[] {1, 3}, 3).toArray()).containsExactly(0, 2);
        assertThat(Unpadding.betweenEos(new int[] {3, 3, 1}, 3).cuSeqlens().toArray())
                .containsExactly(0, 0, 0, 1);
        assertThat(Unpadding.betweenEos(new int[] {1, 3}, 3).cuSeqlens().toArray())
                .containsExactly(0, 1);
    }

    @Test
    void nothingFromOutsideChangesIt() {
        Unpadding unpadding = Unpadding.ofAttentionMask(new int[][] {{0, 1}});
        unpadding.indices()[0] = 0;
        assertThat(unpadding.indices()).containsExactly(1);
    }

    @Test
    void refusesWhatDoesNotFit() {
        refused("[0, 1] of an attention mask is 2", () -> Unpadding.ofAttentionMask(new int[][] {{1, 2}}));
        refused("rows of 1 and of 2", () -> Unpadding.ofAttentionMask(new int[][] {{1}, {1, 0}}));
        refused(
                "row 1 of attention_mask_in_length holds a length of -1",
                () -> Unpadding.ofAttentionMaskInLength(new int[][] {{1}, {-1}}));
        refused(
                "row 0 of attention_mask_in_length sums up to 4 tokens; a row has room for 3",
                () -> Unpadding.ofAttentionMaskInLength(new int[][] {{2, 2, 0}}));
        Unpadding unpadding = Unpadding.ofAttentionMask(new int[][] {{1, 0}, {1, 1}});
        refused("[2, 2]", () -> unpadding.unpadInput(new int[][] {{1, 0}}));
        refused("[2, 2]", () -> unpadding.unpadInput(new int[][] {{1}, {1}}));
        refused("[3, 1]", () -> unpadding.padInput(new int[2], 0));
        refused("[2, 2, 5]", () -> unpadding.unpadInput(new float[19], 5));
        refused("[3, 5]", () -> unpadding.padInput(new float[14], 5));
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }
}
