package io.varlen.spark.dataset;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.varlen.InvalidInputException;
import io.varlen.packing.Digest;
import io.varlen.packing.LengthHistogram;
import io.varlen.packing.Overflow;
import io.varlen.packing.PackingRules;
import io.varlen.packing.PackingStrategy;
import io.varlen.packing.RowLimits;
import io.varlen.spark.internal.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.fs.Path;

/**
 * {@code _varlen/manifest.json}: that it exists is the commit of an output. {@code packed-dataset-1.schema.json} among
 * the resources is the JSON schema of that of a packed dataset.
 *
 * @param format {@value #FORMAT}
 * @param fingerprint of the job, with every option
 * @param parts the data files, in the order of their units
 * @param tokenizer what made the tokens
 * @param packing what only a packed dataset has; null for other outputs
 * @param figures as printed by {@code --json}
 * @param removals what was taken out of the dataset since, in that order; null if nothing was
 * @param appends what was added to it since, in that order; null if nothing was
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Manifest(
        int format,
        Fingerprint fingerprint,
        List<Part> parts,
        TokenizerEntry tokenizer,
        PackingEntry packing,
        Map<String, Object> figures,
        List<Removal> removals,
        List<Append> appends) {

    /** Of an output that nothing was removed from or added to. */
    public Manifest(
            int format,
            Fingerprint fingerprint,
            List<Part> parts,
            TokenizerEntry tokenizer,
            PackingEntry packing,
            Map<String, Object> figures) {
        this(format, fingerprint, parts, tokenizer, packing, figures, null, null);
    }

    /** Lists that are there hold no nulls: a manifest may come from anywhere. */
    public Manifest {
        requireAll(parts, "parts");
        requireAll(removals, "removals");
        requireAll(appends, "appends");
    }

    /** The format that this version writes and reads. */
    public static final int FORMAT = 1;

    /**
     * One data file.
     *
     * @param file its name in the output folder
     * @param rows how many it holds
     * @param bytes its size
     */
    public record Part(String file, long rows, long bytes) {
        public Part {
            requireInside(file);
        }
    }

    /**
     * Documents that were removed at once.
     *
     * @param files where they are listed, relative to the output folder
     * @param documents how many
     * @param emptyDocuments those of them that had no token; packing's list of these still names them
     * @param droppedDocuments those of them that packing had kept out; packing's list of these still names them
     * @param tokens of all of them
     */
    public record Removal(List<String> files, long documents, long emptyDocuments, long droppedDocuments, long tokens) {
        public Removal {
            Objects.requireNonNull(files, "files").forEach(Manifest::requireInside);
        }
    }

    /**
     * Documents that were added at once.
     *
     * @param fingerprint of the job that packed them
     * @param prefix what the names of their files begin with
     * @param documents how many
     * @param rows that they are in
     */
    public record Append(Fingerprint fingerprint, String prefix, long documents, long rows) {
        public Append {
            Objects.requireNonNull(fingerprint, "fingerprint");
            Objects.requireNonNull(prefix, "prefix");
        }
    }

    /** {@link #appends}, none of them null. */
    public List<Append> allAppends() {
        return appends == null ? List.of() : appends;
    }

    /** Whether a file of that name, of those that are there beside parts, belongs to the dataset. */
    boolean owns(String name) {
        return name.startsWith(OutputPlaces.prefix(fingerprint.hex()))
                || allAppends().stream().anyMatch(append -> name.startsWith(append.prefix()));
    }

    /** {@link #removals}, none of them null. */
    public List<Removal> allRemovals() {
        return removals == null ? List.of() : removals;
    }

    /**
     * The tokenizer.
     *
     * @param name as the user wrote it
     * @param sha256 of the {@code tokenizer.json}, or of the encoding's vocabulary file for tiktoken
     * @param folder where its files are, relative to the output folder; null for tiktoken
     */
    public record TokenizerEntry(String name, String sha256, String folder) {
        public TokenizerEntry {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(sha256, "sha256");
            if (folder != null) {
                requireInside(folder);
            }
        }
    }

    /**
     * A packed dataset.
     *
     * @param strategy the strategy's name
     * @param overflow what became of over-long documents, see {@link Overflow#optionName}
     * @param seqLen entries of {@code input_ids}
     * @param padToMultiple the slots that a segment takes up are a multiple of it
     * @param maxDocumentsPerRow the most segments of a row; null if there is no such limit
     * @param maxSquaredLength bounds the sum of the squares of the slots of a row's segments; null without a bound
     * @param padId the id of the padding
     * @param content what documents were made of: text, prompt-completion or tokens
     * @param lossMask whether rows have a loss mask
     * @param specialTokens the policy's name
     * @param rows of all parts
     * @param nextRowId greater than any row id that there is or was
     * @param groups how many groups the documents were dealt into
     * @param emit the derived columns, by name
     * @param sources the paths of the inputs that {@code source} counts, in their order
     * @param utf8Bytes of the texts that went in
     * @param documents the length histogram of the documents with their special tokens, before they were cut; those without
     *     a token are left out; null where truncated documents have been removed, whose lengths are not known
     * @param lengths the length histogram of the segments
     * @param ledger where every token went
     * @param digest of all rows
     */
    public record PackingEntry(
            String strategy,
            String overflow,
            int seqLen,
            int padToMultiple,
            Integer maxDocumentsPerRow,
            Long maxSquaredLength,
            int padId,
            String content,
            boolean lossMask,
            String specialTokens,
            long rows,
            long nextRowId,
            int groups,
            List<String> emit,
            List<String> sources,
            long utf8Bytes,
            Lengths documents,
            Lengths lengths,
            Ledger ledger,
            String digest) {
        /** @throws IllegalArgumentException if it is that of no packing */
        public PackingEntry {
            Objects.requireNonNull(content, "content");
            Objects.requireNonNull(specialTokens, "special_tokens");
            Objects.requireNonNull(lengths, "lengths");
            Objects.requireNonNull(ledger, "ledger");
            Digest.ofHex(Objects.requireNonNull(digest, "digest"));
            requireAll(Objects.requireNonNull(emit, "emit"), "emit");
            requireAll(Objects.requireNonNull(sources, "sources"), "sources");
            rules(strategy, overflow, seqLen, padToMultiple, maxDocumentsPerRow, maxSquaredLength);
        }

        /** The same packing of what is left of its rows. */
        public PackingEntry left(
                long rowsLeft, Lengths documentsLeft, Lengths lengthsLeft, Ledger ledgerNow, String digestNow) {
            return new PackingEntry(
                    strategy,
                    overflow,
                    seqLen,
                    padToMultiple,
                    maxDocumentsPerRow,
                    maxSquaredLength,
                    padId,
                    content,
                    lossMask,
                    specialTokens,
                    rowsLeft,
                    nextRowId,
                    groups,
                    emit,
                    sources,
                    utf8Bytes,
                    documentsLeft,
                    lengthsLeft,
                    ledgerNow,
                    digestNow);
        }

        /** With the rows of another packing behind its own, and the inputs of that behind its own. */
        public PackingEntry and(PackingEntry more) {
            Lengths allDocuments = documents == null || more.documents == null ? null : documents.and(more.documents);
            List<Ledger.Entry> entries = new ArrayList<>(ledger.sources());
            entries.addAll(more.ledger.sources());
            List<String> paths = new ArrayList<>(sources);
            paths.addAll(more.sources);
            return new PackingEntry(
                    strategy,
                    overflow,
                    seqLen,
                    padToMultiple,
                    maxDocumentsPerRow,
                    maxSquaredLength,
                    padId,
                    content,
                    lossMask,
                    specialTokens,
                    rows + more.rows,
                    more.nextRowId,
                    groups + more.groups,
                    emit,
                    paths,
                    utf8Bytes + more.utf8Bytes,
                    allDocuments,
                    lengths.and(more.lengths),
                    new Ledger(entries),
                    Digest.ofHex(digest).merge(Digest.ofHex(more.digest)).hex());
        }

        /** What of another packing is not as here, in words; empty if rows of both may be in one dataset. */
        public List<String> differences(PackingEntry wanted) {
            List<String> differences = new ArrayList<>();
            compare(differences, "strategy", strategy, wanted.strategy);
            compare(differences, "overflow", overflow, wanted.overflow);
            compare(differences, "seq-len", seqLen, wanted.seqLen);
            compare(differences, "pad-to-multiple", padToMultiple, wanted.padToMultiple);
            compare(differences, "max-documents-per-row", maxDocumentsPerRow, wanted.maxDocumentsPerRow);
            compare(differences, "max-squared-length", maxSquaredLength, wanted.maxSquaredLength);
            compare(differences, "pad-id", padId, wanted.padId);
            compare(differences, "the content", content, wanted.content);
            compare(differences, "the loss mask", lossMask, wanted.lossMask);
            compare(differences, "special-tokens", specialTokens, wanted.specialTokens);
            compare(differences, "emit", emit, wanted.emit);
            return differences;
        }

        private static void compare(List<String> differences, String name, Object there, Object wanted) {
            if (!Objects.equals(there, wanted)) {
                differences.add(name + " is " + (there == null ? "not given" : there) + " there and "
                        + (wanted == null ? "not given" : wanted) + " here");
            }
        }

        /** How its documents became rows. */
        public PackingRules rules() {
            return rules(strategy, overflow, seqLen, padToMultiple, maxDocumentsPerRow, maxSquaredLength);
        }

        private static PackingRules rules(
                String strategy,
                String overflow,
                int seqLen,
                int padToMultiple,
                Integer maxDocumentsPerRow,
                Long maxSquaredLength) {
            RowLimits limits = new RowLimits(
                    seqLen,
                    padToMultiple,
                    maxDocumentsPerRow == null ? RowLimits.ANY_NUMBER : maxDocumentsPerRow,
                    maxSquaredLength == null ? RowLimits.UNBOUNDED : maxSquaredLength);
            return new PackingRules(PackingStrategy.ofName(strategy), limits, Overflow.ofName(overflow));
        }
    }

    /**
     * A length histogram.
     *
     * @param lengths those that occur, ascending
     * @param counts how many there are of each
     */
    public record Lengths(int[] lengths, long[] counts) {
        /** @throws IllegalArgumentException if there is no such histogram */
        public Lengths {
            LengthHistogram.of(Objects.requireNonNull(lengths, "lengths"), Objects.requireNonNull(counts, "counts"));
        }

        public static Lengths of(LengthHistogram histogram) {
            int[] lengths = histogram.lengths();
            return new Lengths(
                    lengths, Arrays.stream(lengths).mapToLong(histogram::count).toArray());
        }

        Lengths and(Lengths more) {
            return of(toHistogram().merge(more.toHistogram()));
        }

        public LengthHistogram toHistogram() {
            return LengthHistogram.of(lengths, counts);
        }
    }

    private static void requireAll(List<?> list, String name) {
        if (list != null && list.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException(name + " holds a null");
        }
    }

    /** What a manifest names is in its own folder. */
    private static void requireInside(String name) {
        boolean inside = Objects.requireNonNull(name, "a file's name").matches("[\\w.-]+(/[\\w.-]+)*");
        if (!inside || List.of(name.split("/")).contains("..")) {
            throw new IllegalArgumentException("'" + name + "' is no file of the folder");
        }
    }

    static Manifest read(FileStore files, Path path) throws IOException {
        try {
            Manifest manifest = Json.read(new String(files.read(path), StandardCharsets.UTF_8), Manifest.class);
            if (manifest == null) {
                throw new InvalidInputException(path + " is no manifest (it is null)");
            }
            if (manifest.format != FORMAT) {
                throw new InvalidInputException(
                        path + " has format " + manifest.format + "; this version reads format " + FORMAT);
            }
            if (manifest.fingerprint == null || manifest.parts == null || manifest.figures == null) {
                throw new InvalidInputException(path + " lacks one of fingerprint, parts and figures");
            }
            return manifest;
        } catch (JsonProcessingException e) {
            throw new InvalidInputException(path + " is no manifest (" + e.getOriginalMessage() + ")", e);
        }
    }
}
