package io.varlen.spark.engine;

import io.varlen.InvalidInputException;
import io.varlen.spark.Redaction;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Names a model so that the driver and every executor find the same weights.
 *
 * @param name as the user wrote it, for messages; without credentials
 * @param location the model's folder, or for the built-in model its jar, as an absolute local path or on any Hadoop file
 *     system; null to search the class path and the local Maven repository for that jar
 * @param sha256 lower-case hex of the model's SHA-256; an executor that finds other bytes refuses them. Null before the
 *     driver has opened the model
 */
public record ModelReference(String name, String location, String sha256) implements Serializable {
    /** The model that needs no files of the user's. */
    public static final String BUILTIN = "builtin:all-minilm-l6-v2";

    /**
     * @param model {@value #BUILTIN}, or a Hugging Face folder on the local disk or on any Hadoop file system
     * @param jar where the built-in model's jar is; null to search for it
     * @throws InvalidInputException if {@code model} is blank, or names a built-in model that there is not
     */
    public static ModelReference of(String model, String jar) {
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
