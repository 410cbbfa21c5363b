package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.InvalidInputException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One file in the <a href="https://github.com/huggingface/safetensors#format">safetensors</a> format: an int64 length, a JSON
 * header of that length, and the elements of all tensors. The header is checked as a whole before any element is read: tensors must
 * lie one behind the other without gaps or overlaps and fill the file, as the format demands.
 */
final class SafetensorsFile implements AutoCloseable {
    private static final int PREFIX_BYTES = 8;

    private static final int CHUNK_BYTES = 1 << 20;

    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("F64", 64),
            Map.entry("F32", 32),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I64", 64),
            Map.entry("I32", 32),
            Map.entry("I16", 16),
            Map.entry("I8", 8),
            Map.entry("U64", 64),
            Map.entry("U32", 32),
            Map.entry("U16", 16),
            Map.entry("U8", 8),
            Map.entry("BOOL", 8));

    private static final Set<String> READABLE = Set.of("F32", "F16", "BF16");

    private final Path file;
    private final FileChannel channel;
    private final Map<String, Entry> entries;
    /** One for all tensors: memory outside of the heap is given back only when the heap is collected. */
    private ByteBuffer chunk;

    /** Where a tensor's bytes {@code [begin, end)} are, counted from the start of the file. */
    private record Entry(String name, String dtype, long[] shape, long begin, long end) {}

    private SafetensorsFile(Path file, FileChannel channel, Map<String, Entry> entries) {
        this.file = file;
        this.channel = channel;
        this.entries = entries;
    }

    /** @throws InvalidInputException if the file cannot be read, or its header is not right */
    static SafetensorsFile open(Path file) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            return new SafetensorsFile(file, channel, readHeader(file, channel));
        } catch (IOException | RuntimeException e) {
            closeQuietly(channel);
            throw e instanceof InvalidInputException known
                    ? known
                    : new InvalidInputException("cannot read " + file + ": " + e, e);
        }
    }

    Set<String> names() {
        return entries.keySet();
    }

    /** See {@link Weights#read}. */
    float[] read(String name, int... shape) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new InvalidInputException(file + " holds no tensor '" + name + "'");
        }
        Shapes.require(file.toString(), name, entry.shape(), shape);
        if (!READABLE.contains(entry.dtype())) {
            throw wrong(file, "tensor '" + name + "' is of type " + entry.dtype() + "; F32, F16 and BF16 can be read");
        }
        float[] elements = new float[(int) Shapes.elements(shape)];
        try {
            readElements(entry, elements);
        } catch (IOException e) {
            throw new InvalidInputException("cannot read " + file + ": " + e, e);
        }
        return elements;
    }

    private void readElements(Entry entry, float[] elements) throws IOException {
        if (chunk == null) {
            chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        }
        int filled = 0;
        for (long at = entry.begin(); at < entry.end(); at += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), entry.end() - at));
            readFully(file, channel, chunk, at);
            filled = decode(entry.dtype(), chunk.flip(), elements, filled);
        }
    }

    private static int decode(String dtype, ByteBuffer chunk, float[] elements, int filled) {
        int at = filled;
        switch (dtype) {
            case "F32" -> {
                int count = chunk.remaining() / Float.BYTES;
                chunk.asFloatBuffer().get(elements, at, count);
                at += count;
            }
            case "F16" -> {
                while (chunk.hasRemaining()) {
                    elements[at++] = HalfPrecision.fp16(chunk.getShort());
                }
            }
            default -> {
                while (chunk.hasRemaining()) {
                    elements[at++] = HalfPrecision.bf16(chunk.getShort());
                }
            }
        }
        return at;
    }

    private static Map<String, Entry> readHeader(Path file, FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        if (fileBytes < PREFIX_BYTES) {
            throw wrong(file, "it has " + fileBytes + " bytes and so no header");
        }
        ByteBuffer prefix = ByteBuffer.allocate(PREFIX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        readFully(file, channel, prefix, 0);
        long headerBytes = prefix.getLong(0);
        if (headerBytes < 0 || headerBytes > fileBytes - PREFIX_BYTES) {
            throw wrong(
                    file,
                    "its header claims " + Long.toUnsignedString(headerBytes) + " bytes of a file of " + fileBytes);
        }
        if (headerBytes > ModelFolder.MAX_JSON_BYTES) {
            throw wrong(file, "its header of " + headerBytes + " bytes is longer than " + ModelFolder.MAX_JSON_BYTES);
        }
        ByteBuffer header = ByteBuffer.allocate((int) headerBytes);
        readFully(file, channel, header, PREFIX_BYTES);
        JsonNode root = JsonFile.parse("the header of " + file, header.array()).object();
        long dataStart = PREFIX_BYTES + headerBytes;
        Map<String, Entry> entries = new LinkedHashMap<>();
        root.properties().forEach(field -> {
            if (!field.getKey().equals("__metadata__")) {
                entries.put(field.getKey(), entry(file, field.getKey(), field.getValue(), dataStart, fileBytes));
            }
        });
        requireGapless(file, entries, dataStart, fileBytes);
        return entries;
    }

    private static Entry entry(Path file, String name, JsonNode value, long dataStart, long fileBytes) {
        String what = "tensor '" + JsonFile.excerpt(name) + "'";
        JsonNode dtype = value.path("dtype");
        Integer bits = dtype.isTextual() ? BITS.get(dtype.textValue()) : null;
        if (bits == null) {
            throw wrong(file, what + " has the dtype " + JsonFile.excerpt(dtype) + ", which is not known");
        }
        long[] shape = longs(file, what, "shape", value.path("shape"));
        long[] offsets = longs(file, what, "data_offsets", value.path("data_offsets"));
        if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > fileBytes - dataStart) {
            throw wrong(
                    file,
                    what + " has data_offsets "
                            + JsonFile.excerpt(value.path("data_offsets").toString())
                            + "; they must be two rising offsets into " + (fileBytes - dataStart) + " bytes of data");
        }
        long bytes = Shapes.bytes(shape, bits / 8);
        if (bytes != offsets[1] - offsets[0]) {
            throw wrong(
                    file,
                    what + " of " + dtype.textValue() + " " + Shapes.text(shape) + " cannot have "
                            + (offsets[1] - offsets[0]) + " bytes");
        }
        return new Entry(name, dtype.textValue(), shape, dataStart + offsets[0], dataStart + offsets[1]);
    }

    private static long[] longs(Path file, String what, String key, JsonNode array) {
        boolean valid = array.isArray();
        long[] values = new long[valid ? array.size() : 0];
        for (int i = 0; i < values.length; i++) {
            JsonNode value = array.get(i);
            valid &= value.isIntegralNumber() && value.canConvertToLong() && value.longValue() >= 0;
            values[i] = value.longValue();
        }
        if (!valid) {
            throw wrong(
                    file,
                    what + " has the " + key + " " + JsonFile.excerpt(array.toString())
                            + "; it must be a list of non-negative integers");
        }
        return values;
    }

    private static void requireGapless(Path file, Map<String, Entry> entries, long dataStart, long fileBytes) {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = dataStart;
        for (Entry entry : sorted) {
            if (entry.begin() != end) {
                throw wrong(
                        file,
                        "tensor '" + JsonFile.excerpt(entry.name()) + "' begins at byte " + entry.begin()
                                + ", but what is before it ends at " + end);
            }
            end = entry.end();
        }
        if (end != fileBytes) {
            throw wrong(file, "its tensors end at byte " + end + " of " + fileBytes);
        }
    }

    private static void readFully(Path file, FileChannel channel, ByteBuffer into, long at) throws IOException {
        long position = at;
        while (into.hasRemaining()) {
            int count = channel.read(into, position);
            if (count < 0) {
                throw wrong(file, "it ends at byte " + position + ", in the middle of what its header announces");
            }
            position += count;
        }
    }

    private static InvalidInputException wrong(Path file, String what) {
        return new InvalidInputException(file + " is not a valid safetensors file: " + what);
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // only read from
            }
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }
}
