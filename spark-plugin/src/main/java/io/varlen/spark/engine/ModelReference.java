package io.varlen.spark.engine;

import io.varlen.InvalidInputException;
import io.varlen.spark.Redaction;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Names a model so that the driver and every executor find the same weights.
 *
 * @param name as the user wrote it, for messages; without credentials
 * @param location the model's folder, or for the built-in model its jar, as an absolute local path or on any Hadoop file
 *     system; null to search the class path and the local Maven repository for that jar
 * @param sha256 lower-case hex of the model's SHA-256; whoever finds other bytes refuses them. Null where the user has not
 *     demanded one and the driver has not opened the model
 */
public record ModelReference(String name, String location, String sha256) implements Serializable {
    /** The model that needs no files of the user's. */
    public static final String BUILTIN = "builtin:all-minilm-l6-v2";

    /** What may follow a name, to demand these bytes. */
    private static final String FRAGMENT = "#sha256=";

    /**
     * @param model {@value #BUILTIN}, or a Hugging Face folder on the local disk or on any Hadoop file system; with {@code
     *     #sha256=<64 hex digits>} behind it, of exactly that SHA-256
     * @param jar where the built-in model's jar is; null to search for it
     * @throws InvalidInputException if {@code model} is blank, or names a built-in model that there is not, or what is
     *     demanded is no SHA-256
     */
    public static ModelReference of(String model, String jar) {
        int fragment = model.lastIndexOf(FRAGMENT);
        if (fragment < 0) {
            return named(model, jar);
        }
        String sha256 = model.substring(fragment + FRAGMENT.length()).toLowerCase(Locale.ROOT);
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new InvalidInputException(
                    "'" + sha256 + "' behind the model's name is no SHA-256: it has 64 hex digits");
        }
        return named(model.substring(0, fragment), jar).withSha256(sha256);
    }

    private static ModelReference named(String model, String jar) {
        if (model.isBlank() || model.startsWith("builtin:") && !model.equals(BUILTIN)) {
            throw new InvalidInputException(
                    "there is no model '" + model + "'; name a Hugging Face folder, or " + BUILTIN);
        }
        String location = model.equals(BUILTIN) ? jar : model;
        return new ModelReference(Redaction.text(model), location == null ? null : absolute(location), null);
    }

    public boolean isBuiltin() {
        return name.equals(BUILTIN);
    }

    /** The same model, which must now have exactly these bytes. */
    public ModelReference withSha256(String sha256) {
        return new ModelReference(name, location, sha256);
    }

    /** Executors have other working directories than the driver. */
    private static String absolute(String location) {
        boolean local = !location.contains("://") && Files.exists(Path.of(location));
        return local ? Path.of(location).toAbsolutePath().normalize().toString() : location;
    }
}
