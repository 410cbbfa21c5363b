package io.varlen.tokenizer.internal.description;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

final class DecoderReader {
    private DecoderReader() {}

    static DecoderSpec read(JsonNode node) {
        Component component = Component.typed("decoder", node);
        DecoderSpec spec = read(component);
        component.done();
        return spec;
    }

    private static DecoderSpec read(Component component) {
        return switch (component.type()) {
            case "Sequence" -> {
                List<DecoderSpec> all = new ArrayList<>();
                component.array("decoders").forEach(each -> all.add(read(each)));
                yield new DecoderSpec.Sequence(all);
            }
            case "ByteLevel" -> byteLevel(component);
            case "WordPiece" -> new DecoderSpec.WordPiece(component.string("prefix"), component.bool("cleanup"));
            case "Metaspace" -> metaspace(component);
            case "BPEDecoder" -> new DecoderSpec.BpeDecoder(component.string("suffix"));
            case "Replace" -> new DecoderSpec.Replace(component.pattern("pattern"), component.string("content"));
            case "Fuse" -> new DecoderSpec.Fuse();
            case "Strip" ->
                new DecoderSpec.Strip(
                        component.codePoint("content"), component.integer("start"), component.integer("stop"));
            case "ByteFallback" -> new DecoderSpec.ByteFallback();
            default -> throw new UnsupportedConstructException(component.where());
        };
    }

    /** Shares its record with the pre-tokenizer of the same name, but none of that one's fields matters in decoding. */
    private static DecoderSpec byteLevel(Component component) {
        component.any("add_prefix_space");
        component.any("trim_offsets");
        component.any("use_regex");
        return new DecoderSpec.ByteLevel();
    }

    private static DecoderSpec metaspace(Component component) {
        component.any("str_rep");
        component.any("split");
        return new DecoderSpec.Metaspace(component.codePoint("replacement"), component.prependScheme());
    }
}
