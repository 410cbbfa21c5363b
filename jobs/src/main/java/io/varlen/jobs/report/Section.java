package io.varlen.jobs.report;

/**
 * A part of the page with a heading.
 *
 * @param id what leads to it, unique in the page
 * @param lead one or two sentences below the heading
 */
record Section(String id, String heading, String lead, Html... content) {
    Html html() {
        Tag section = Tag.of("section").with("id", id).with("aria-labelledby", id + "-heading");
        section.add(Tag.of("h2", heading).with("id", id + "-heading"));
        if (!lead.isEmpty()) {
            section.add(Tag.of("p", lead).styled("lead"));
        }
        return section.add(content);
    }

    Html link() {
        return Tag.of("li", Tag.of("a", heading).with("href", "#" + id));
    }
}
