package io.varlen.tokenizer.differential;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * A layout with what its library makes of {@link AdversarialStrings}, small enough to be committed: {@code NAME.json.gz}, whose
 * large table of replacements is kept once for all layouts, and {@code NAME.crc}, the CRC-32 of each string's ids.
 */
record Expectations(byte[] json, int[] checksums) {
    static final long SEED = 20261121;
    static final int STRINGS = 1000;

    private static final int LARGE = 100_000;
    private static final String CHARSMAP = "nmt_nfkc.charsmap.gz";
    private static final Pattern CHARSMAP_FIELD = Pattern.compile("(\"precompiled_charsmap\":\")([^\"]*)");

    static Stream<String> strings(byte[] json) throws IOException {
        AdversarialStrings strings = new AdversarialStrings(SEED, Differential.fragments(json));
        return Stream.generate(strings::next).limit(STRINGS);
    }

    static Expectations read(Path folder, String layout) throws IOException {
        String json = new String(unzip(folder.resolve(layout + ".json.gz")), StandardCharsets.UTF_8);
        Matcher charsmap = CHARSMAP_FIELD.matcher(json);
        if (charsmap.find() && charsmap.group(2).isEmpty()) {
            String table = Base64.getEncoder().encodeToString(unzip(folder.resolve(CHARSMAP)));
            json = charsmap.replaceAll("$1" + Matcher.quoteReplacement(table));
        }
        ByteBuffer checksums = ByteBuffer.wrap(Files.readAllBytes(folder.resolve(layout + ".crc")));
        int[] each = new int[checksums.remaining() / Integer.BYTES];
        checksums.asIntBuffer().get(each);
        return new Expectations(json.getBytes(StandardCharsets.UTF_8), each);
    }

    static void write(Path folder, String layout, byte[] json, List<int[]> ids) throws IOException {
        Files.createDirectories(folder);
        String text = new String(json, StandardCharsets.UTF_8);
        Matcher charsmap = CHARSMAP_FIELD.matcher(text);
        if (charsmap.find() && charsmap.group(2).length() > LARGE) {
            Files.write(folder.resolve(CHARSMAP), zip(Base64.getDecoder().decode(charsmap.group(2))));
            text = charsmap.replaceAll("$1");
        }
        Files.write(folder.resolve(layout + ".json.gz"), zip(text.getBytes(StandardCharsets.UTF_8)));
        ByteBuffer checksums = ByteBuffer.allocate(ids.size() * Integer.BYTES);
        ids.forEach(each -> checksums.putInt(checksum(each)));
        Files.write(folder.resolve(layout + ".crc"), checksums.array());
    }

    static int checksum(int[] ids) {
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Integer.BYTES);
        bytes.asIntBuffer().put(ids);
        CRC32 crc = new CRC32();
        crc.update(bytes.array());
        return (int) crc.getValue();
    }

    private static byte[] unzip(Path file) throws IOException {
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            return in.readAllBytes();
        }
    }

    private static byte[] zip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }
}
