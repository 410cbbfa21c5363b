package io.varlen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class ChoiceTest {
    private enum Fruit {
        APPLE,
        SOUR_CHERRY,
        PEAR;

        String optionName() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static Fruit fruit(String name) {
        return Choice.ofName("fruit", Fruit.values(), Fruit::optionName, name);
    }

    @Test
    void givesEachByItsName() {
        for (Fruit fruit : Fruit.values()) {
            assertThat(fruit(fruit.optionName())).isSameAs(fruit);
        }
    }

    @Test
    void namesThoseThereAreAndTheLikelyOne() {
        String all = "it is one of apple, sour-cherry, pear";
        assertThatThrownBy(() -> fruit("Apple"))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("there is no fruit 'Apple'; " + all + "; did you mean apple?");
        assertThatThrownBy(() -> fruit("sour_chery")).hasMessageEndingWith("; did you mean sour-cherry?");
        assertThatThrownBy(() -> fruit("coconut")).hasMessage("there is no fruit 'coconut'; " + all);
        assertThatThrownBy(() -> fruit(null)).hasMessage("there is no fruit 'null'; " + all);
    }

    @Test
    void saysOrBetweenTwo() {
        assertThatThrownBy(() -> Choice.ofName("answer", new String[] {"yes", "no"}, answer -> answer, "perhaps"))
                .hasMessage("there is no answer 'perhaps'; it is yes or no");
    }
}
