package io.varlen;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NearestTest {
    @Test
    void countsWhatIsPutInLeftOutReplacedAndSwapped() {
        assertEquals(0, Nearest.edits("", ""));
        assertEquals(4, Nearest.edits("", "pack"));
        assertEquals(3, Nearest.edits("kitten", "sitting"));
        assertEquals(1, Nearest.edits("pakc", "pack"));
        assertEquals(0, Nearest.edits("TITLE", "title"));
        assertEquals(Nearest.edits("long", "max-length"), Nearest.edits("max-length", "long"));
    }

    @Test
    void givesTheFirstOfTheNearest() {
        assertEquals("embed", Nearest.to("emebd", List.of("pack", "embed", "score")));
        assertEquals("ab", Nearest.to("a", List.of("ab", "ac")));
    }

    @Test
    void isLikelyWhereFewLettersAreWrong() {
        List<String> known = List.of("pack", "embed", "score");
        assertEquals(Optional.of("pack"), Nearest.likely("bakc", known));
        assertEquals(Optional.empty(), Nearest.likely("remove", known));
        assertEquals(Optional.empty(), Nearest.likely("pack", List.of()));
        assertEquals(Optional.empty(), Nearest.likely("x".repeat(1 << 28), known));
    }
}
