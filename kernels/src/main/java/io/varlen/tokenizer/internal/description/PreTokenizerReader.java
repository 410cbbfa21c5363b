package io.varlen.tokenizer.internal.description;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

final class PreTokenizerReader {
    private PreTokenizerReader() {}

    static PreTokenizerSpec read(JsonNode node) {
        Component component = Component.typed("pre_tokenizer", node);
        PreTokenizerSpec spec = read(component);
        component.done();
        return spec;
    }

    private static PreTokenizerSpec read(Component component) {
        return switch (component.type()) {
            case "Sequence" -> {
                List<PreTokenizerSpec> all = new ArrayList<>();
                component.array("pretokenizers").forEach(each -> all.add(read(each)));
                yield new PreTokenizerSpec.Sequence(all);
            }
            case "ByteLevel" -> byteLevel(component);
            case "Split" ->
                new PreTokenizerSpec.Split(
                        component.pattern("pattern"), component.behavior("behavior"), component.bool("invert"));
            case "Digits" -> new PreTokenizerSpec.Digits(component.bool("individual_digits"));
            case "Punctuation" ->
                new PreTokenizerSpec.Punctuation(
                        component.has("behavior") ? component.behavior("behavior") : SplitBehavior.ISOLATED);
            case "BertPreTokenizer" -> new PreTokenizerSpec.Bert();
            case "Whitespace" -> new PreTokenizerSpec.Whitespace();
            case "WhitespaceSplit" -> new PreTokenizerSpec.WhitespaceSplit();
            case "CharDelimiterSplit" -> new PreTokenizerSpec.CharDelimiterSplit(component.codePoint("delimiter"));
            case "UnicodeScripts" -> new PreTokenizerSpec.UnicodeScripts();
            case "Metaspace" -> metaspace(component);
            default -> throw new UnsupportedConstructException(component.where());
        };
    }

    private static PreTokenizerSpec byteLevel(Component component) {
        component.any("trim_offsets");
        return new PreTokenizerSpec.ByteLevel(component.bool("add_prefix_space"), component.bool("use_regex", true));
    }

    private static PreTokenizerSpec metaspace(Component component) {
        component.any("str_rep");
        return new PreTokenizerSpec.Metaspace(
                component.codePoint("replacement"), component.prependScheme(), component.bool("split", true));
    }
}
