package io.varlen.spark;

import java.util.regex.Pattern;

/** Keeps secrets out of what people and files are told. */
public final class Redaction {
    private static final String MASK = "***";

    /** User and password of a URI. A user alone is none: Azure's container stands there. */
    private static final Pattern CREDENTIALS = Pattern.compile("(\\w[\\w+.-]*:/{1,3})[^/@\\s:]*:[^/@\\s]*@");

    /** As Spark's own, with what clouds call theirs. */
    private static final Pattern SECRET_KEY =
            Pattern.compile("(?i)secret|password|passwd|token|credential|(access|account|api|private)[._-]?key");

    private Redaction() {}

    /** The text without the credentials of the URIs in it. */
    public static String text(String text) {
        return text == null ? null : CREDENTIALS.matcher(text).replaceAll("$1" + MASK + "@");
    }

    /** What may be shown of a setting. */
    public static String setting(String key, String value) {
        boolean secret =
                !key.startsWith(VarlenConf.PREFIX) && SECRET_KEY.matcher(key).find();
        return secret ? MASK : text(value);
    }
}
