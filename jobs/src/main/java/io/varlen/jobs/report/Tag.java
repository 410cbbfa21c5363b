package io.varlen.jobs.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An element. Names are ours; values and texts may be anybody's. */
final class Tag implements Html {
    private static final Set<String> VOID = Set.of("meta", "link");

    private final String name;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final List<Html> content = new ArrayList<>();

    private Tag(String name) {
        this.name = name;
    }

    static Tag of(String name, Html... content) {
        return new Tag(name).add(content);
    }

    static Tag of(String name, String text) {
        return new Tag(name).add(text);
    }

    Tag with(String attribute, String value) {
        attributes.put(attribute, value);
        return this;
    }

    Tag styled(String cssClass) {
        return with("class", cssClass);
    }

    Tag add(Html... more) {
        content.addAll(List.of(more));
        return this;
    }

    Tag add(List<? extends Html> more) {
        content.addAll(more);
        return this;
    }

    Tag add(String text) {
        return add(Html.text(text));
    }

    @Override
    public void write(StringBuilder page) {
        page.append('<').append(name);
        attributes.forEach((attribute, value) -> {
            page.append(' ').append(attribute).append("=\"");
            Escape.into(page, value);
            page.append('"');
        });
        if (VOID.contains(name)) {
            page.append("/>");
            return;
        }
        page.append('>');
        content.forEach(part -> part.write(page));
        page.append("</").append(name).append('>');
        page.append('\n');
    }
}
