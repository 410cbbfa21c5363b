package io.varlen.model;

import io.varlen.InvalidInputException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Reads the small files of a model's folder. A file's name never leads out of the folder. */
final class ModelFolder {
    /** Larger than any real {@code tokenizer.json}. */
    private static final int MAX_FILE_BYTES = 256 << 20;

    /** Larger than any real configuration; parsed JSON takes tens of times its length. */
    static final int MAX_JSON_BYTES = 4 << 20;

    private final Path root;

    ModelFolder(Path root) {
        if (!Files.isDirectory(root)) {
            throw new InvalidInputException(root + (Files.exists(root) ? " is not a folder" : " does not exist")
                    + "; a model is a folder with config.json, tokenizer.json and *.safetensors, or "
                    + ModelFiles.BUILTIN);
        }
        this.root = root;
    }

    Path root() {
        return root;
    }

    /** @param name comes from a file of the model, so it is not trusted */
    ModelFolder subfolder(String name) {
        return name.isEmpty() ? this : new ModelFolder(path(name));
    }

    boolean has(String name) {
        return Files.isRegularFile(path(name));
    }

    /** @param name may come from a file of the model */
    Path path(String name) {
        boolean leadsOut = name.equals(".") || name.equals("..") || name.indexOf('/') >= 0 || name.indexOf('\\') >= 0;
        if (name.isEmpty() || leadsOut || name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidInputException(
                    root + ": '" + JsonFile.excerpt(name) + "' is not the plain name of a file or folder in it");
        }
        try {
            return root.resolve(name);
        } catch (InvalidPathException e) {
            throw new InvalidInputException(
                    root + ": '" + JsonFile.excerpt(name) + "' cannot be the name of a file on this machine", e);
        }
    }

    /** @throws InvalidInputException if there is no such file, or it is too large */
    byte[] read(String name) {
        return read(name, MAX_FILE_BYTES);
    }

    private byte[] read(String name, int maxBytes) {
        Path file = path(name);
        if (!Files.isRegularFile(file)) {
            throw new InvalidInputException(root + " holds no " + name);
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new InvalidInputException(file + " is larger than " + (maxBytes >> 20) + " MiB");
            }
            return bytes;
        } catch (IOException e) {
            throw new InvalidInputException("cannot read " + file + ": " + e, e);
        }
    }

    JsonFile json(String name) {
        return JsonFile.parse(path(name).toString(), read(name, MAX_JSON_BYTES));
    }

    /** The names that end so, sorted. */
    List<String> list(String suffix) {
        try (Stream<Path> files = Files.list(root)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(suffix) && !name.startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            throw new InvalidInputException("cannot list " + root + ": " + e, e);
        }
    }
}
