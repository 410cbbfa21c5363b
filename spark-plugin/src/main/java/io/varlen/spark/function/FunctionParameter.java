package io.varlen.spark.function;

/**
 * What a SQL function takes in one place.
 *
 * @param name as documents and messages call it
 * @param kind a column or which constant
 * @param optional whether it may be left out; so may then all behind it
 * @param doc what it is, for {@code DESCRIBE FUNCTION}
 */
public record FunctionParameter(String name, Kind kind, boolean optional, String doc) {
    /** What may stand in a parameter's place. */
    public enum Kind {
        /** Any expression. */
        COLUMN("an expression"),
        TEXT("a constant string"),
        NUMBER("a constant int"),
        FLAG("a constant boolean");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /** For messages: what must stand there. */
        public String words() {
            return words;
        }
    }

    /** Any expression. */
    public static FunctionParameter column(String name, String doc) {
        return new FunctionParameter(name, Kind.COLUMN, false, doc);
    }

    /** A constant string. */
    public static FunctionParameter text(String name, String doc) {
        return new FunctionParameter(name, Kind.TEXT, false, doc);
    }

    /** A constant whole number. */
    public static FunctionParameter number(String name, String doc) {
        return new FunctionParameter(name, Kind.NUMBER, false, doc);
    }

    /** True or false. */
    public static FunctionParameter flag(String name, String doc) {
        return new FunctionParameter(name, Kind.FLAG, false, doc);
    }

    /** The same, which may be left out. */
    public FunctionParameter orNone() {
        return new FunctionParameter(name, kind, true, doc);
    }
}
