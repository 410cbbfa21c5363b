package io.varlen.spark.input;

import io.varlen.spark.input.Survey.Place;
import java.io.Serializable;

/**
 * Turns what a reader found into what it means, once the whole input has been seen: a record of an input that carries
 * its own ids must have one, and only one record keeps a repeated id.
 */
final class IdRule implements Serializable {
    private final Survey survey;
    private final InputFormat format;

    IdRule(Survey survey, InputFormat format) {
        this.survey = survey;
        this.format = format;
    }

    InputRecord apply(InputRecord record, InputFile file) {
        if (!(record instanceof Document document)) {
            return record;
        }
        boolean ownIds = survey.sources().get(document.source()).ownIds();
        if (ownIds && document.docId() == null) {
            return withoutId(document);
        }
        Document named = ownIds ? document : named(document, file, format);
        return survey.repeated().contains(new Place(named.path(), named.offset())) ? repeated(named) : named;
    }

    /** The document with the id that follows from its place. */
    static Document named(Document document, InputFile file, InputFormat format) {
        String id = format == InputFormat.TEXT ? file.name() : file.name() + "#" + document.offset();
        return new Document(id, document.source(), document.text(), document.path(), document.offset());
    }

    static BadRecord withoutId(Document document) {
        return new BadRecord(
                document.source(),
                document.path(),
                document.offset(),
                null,
                "the record has no id, others of this input have one");
    }

    private static BadRecord repeated(Document document) {
        return new BadRecord(
                document.source(),
                document.path(),
                document.offset(),
                document.docId(),
                "another record has this id and keeps it; ids must be unique");
    }
}
