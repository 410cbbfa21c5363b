package io.varlen.spark.dataset;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.varlen.InvalidInputException;
import io.varlen.spark.internal.Json;
import java.io.Serializable;

/**
 * A line of a list below {@code _varlen}.
 *
 * @param docId the document
 * @param source the n-th input, from 0
 * @param tokens that it had; null if it had none
 * @param was what became of a removed document when it was packed: packed, empty or dropped; null in other lists
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ListedDocument(String docId, int source, Long tokens, String was) implements Serializable {
    /** @throws InvalidInputException if the line is no such document */
    static ListedDocument ofJson(String line) {
        try {
            ListedDocument document = Json.read(line, ListedDocument.class);
            if (document.docId == null) {
                throw new InvalidInputException("the line " + line + " of a list below _varlen has no doc_id");
            }
            return document;
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(
                    "the line " + line + " of a list below _varlen is no document (" + e.getOriginalMessage() + ")", e);
        }
    }
}
