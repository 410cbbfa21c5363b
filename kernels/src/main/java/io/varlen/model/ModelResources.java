package io.varlen.model;

import io.varlen.InvalidInputException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** Byte sequences with a name. */
interface ModelResources {
    /** Where a resource is, for messages. */
    String nameOf(String resource);

    boolean has(String resource);

    InputStream open(String resource) throws IOException;

    /** @throws InvalidInputException if the resource cannot be read, or is larger than {@code maxBytes} */
    default byte[] read(String resource, int maxBytes) {
        try (InputStream in = open(resource)) {
            byte[] bytes = in.readNBytes(maxBytes + 1);
            if (bytes.length > maxBytes) {
                throw new InvalidInputException(nameOf(resource) + " is larger than " + (maxBytes >> 20) + " MiB");
            }
            return bytes;
        } catch (IOException e) {
            throw new InvalidInputException("cannot read " + nameOf(resource) + ": " + e, e);
        }
    }

    /** On the class path of the thread (Spark adds jars there) or of this class. */
    final class OnClassPath implements ModelResources {
        @Override
        public String nameOf(String resource) {
            return find(resource).map(URL::toString).orElse(resource);
        }

        @Override
        public boolean has(String resource) {
            return find(resource).isPresent();
        }

        @Override
        public InputStream open(String resource) throws IOException {
            URL url = find(resource).orElseThrow(() -> new IOException("it is no longer on the class path"));
            return url.openStream();
        }

        private static Optional<URL> find(String resource) {
            return Stream.of(Thread.currentThread().getContextClassLoader(), ModelResources.class.getClassLoader())
                    .filter(Objects::nonNull)
                    .map(loader -> loader.getResource(resource))
                    .filter(Objects::nonNull)
                    .findFirst();
        }
    }

    /** Entries of a jar. */
    record InJar(Path jar) implements ModelResources {
        @Override
        public String nameOf(String resource) {
            return resource + " in " + jar;
        }

        @Override
        public boolean has(String resource) {
            if (!Files.isRegularFile(jar)) {
                return false;
            }
            try (ZipFile zip = new ZipFile(jar.toFile())) {
                return zip.getEntry(resource) != null;
            } catch (IOException e) {
                throw new InvalidInputException("cannot read " + jar + ": " + e, e);
            }
        }

        @Override
        public InputStream open(String resource) throws IOException {
            ZipFile zip = new ZipFile(jar.toFile());
            try {
                ZipEntry entry = zip.getEntry(resource);
                if (entry == null) {
                    throw new IOException("there is no such entry");
                }
                return new FilterInputStream(zip.getInputStream(entry)) {
                    @Override
                    public void close() throws IOException {
                        zip.close();
                    }
                };
            } catch (IOException e) {
                zip.close();
                throw e;
            }
        }
    }
}
