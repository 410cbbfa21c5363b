package io.varlen.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class DigestTest {
    private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(256);

    @Property
    void isTheSumModulo2To256(@ForAll List<@From("hashes") byte[]> hashes) {
        Digest digest = new Digest();
        Digest even = new Digest();
        Digest odd = new Digest();
        BigInteger expected = BigInteger.ZERO;
        for (int i = 0; i < hashes.size(); i++) {
            digest.add(hashes.get(i));
            (i % 2 == 0 ? even : odd).add(hashes.get(i));
            expected = expected.add(new BigInteger(1, hashes.get(i))).mod(MODULUS);
        }

        assertThat(digest.hex()).isEqualTo(String.format("%064x", expected));
        assertThat(odd.merge(even)).isEqualTo(digest).hasSameHashCodeAs(digest);
        assertThat(Digest.ofHex(digest.hex())).isEqualTo(digest);
        Digest sum = Digest.ofHex(digest.hex());
        assertThat(sum.subtract(odd).merge(odd)).isEqualTo(digest);
        assertThat(sum.subtract(digest).hex()).isEqualTo("0".repeat(64));
    }

    /** Bytes of all ones or zeros make carries run through. */
    @Provide
    Arbitrary<byte[]> hashes() {
        Arbitrary<Byte> any = Arbitraries.bytes();
        Arbitrary<Byte> extreme = Arbitraries.of((byte) 0, (byte) -1);
        return Arbitraries.oneOf(
                any.array(byte[].class).ofSize(32), extreme.array(byte[].class).ofSize(32));
    }

    @Test
    void carriesRunThroughAllWords() {
        byte[] one = new byte[32];
        one[31] = 1;
        Digest digest = Digest.ofHex("f".repeat(64)).add(one);
        assertThat(digest.hex()).isEqualTo("0".repeat(64));
        assertThat(digest.add(HexFormat.of().parseHex("0".repeat(48) + "f".repeat(16)))
                        .add(one)
                        .hex())
                .isEqualTo("0".repeat(47) + "1" + "0".repeat(16));
    }

    @Test
    void onlyWholeHashesAreAdded() {
        assertThatThrownBy(() -> new Digest().add(new byte[31])).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Digest.ofHex("zz")).isInstanceOf(IllegalArgumentException.class);
    }
}
