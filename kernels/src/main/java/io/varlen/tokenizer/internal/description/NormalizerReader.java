package io.varlen.tokenizer.internal.description;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

final class NormalizerReader {
    private NormalizerReader() {}

    static NormalizerSpec read(JsonNode node) {
        Component component = Component.typed("normalizer", node);
        NormalizerSpec spec = read(component);
        component.done();
        return spec;
    }

    private static NormalizerSpec read(Component component) {
        return switch (component.type()) {
            case "Sequence" -> {
                List<NormalizerSpec> all = new ArrayList<>();
                component.array("normalizers").forEach(each -> all.add(read(each)));
                yield new NormalizerSpec.Sequence(all);
            }
            case "NFC", "NFD", "NFKC", "NFKD" ->
                new NormalizerSpec.Unicode(NormalizerSpec.Form.valueOf(component.type()));
            case "BertNormalizer" ->
                new NormalizerSpec.Bert(
                        component.bool("clean_text"),
                        component.bool("handle_chinese_chars"),
                        component.any("strip_accents").isNull() ? null : component.bool("strip_accents"),
                        component.bool("lowercase"));
            case "Lowercase" -> new NormalizerSpec.Lowercase();
            case "StripAccents" -> new NormalizerSpec.StripAccents();
            case "Strip" -> new NormalizerSpec.Strip(component.bool("strip_left"), component.bool("strip_right"));
            case "Nmt" -> new NormalizerSpec.Nmt();
            case "Precompiled" -> new NormalizerSpec.Precompiled(base64(component, "precompiled_charsmap"));
            case "Replace" -> new NormalizerSpec.Replace(component.pattern("pattern"), component.string("content"));
            case "Prepend" -> new NormalizerSpec.Prepend(component.string("prepend"));
            case "ByteLevel" -> new NormalizerSpec.ByteLevel();
            default -> throw new UnsupportedConstructException(component.where());
        };
    }

    private static byte[] base64(Component component, String field) {
        try {
            return Base64.getDecoder().decode(component.string(field));
        } catch (IllegalArgumentException e) {
            throw new UnsupportedConstructException(component.where() + " with a damaged " + field);
        }
    }
}
