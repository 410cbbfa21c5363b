package io.varlen.tokenizer.internal.bpe;

/** Every byte is a symbol. */
final class ByteSymbolReader implements SymbolReader {
    private final int[] idOfByte;
    private final Unknown unknown;

    /**
     * @param idOfByte the id of each byte; -1 if the vocabulary does not have it
     * @param unknown what becomes of a byte that the vocabulary does not have
     */
    ByteSymbolReader(int[] idOfByte, Unknown unknown) {
        this.idOfByte = idOfByte;
        this.unknown = unknown;
    }

    @Override
    public int read(byte[] utf8, int from, int to, int limit, SymbolBuffer out) {
        boolean afterUnknown = false;
        for (int i = from; i < to; i++) {
            int id = idOfByte[utf8[i] & 0xFF];
            boolean fuses = id < 0 && afterUnknown && unknown.fuse();
            if (out.size >= limit && !fuses) {
                return i;
            }
            if (id >= 0) {
                out.add(id, i + 1);
            } else if (fuses) {
                out.ends[out.size - 1] = i + 1;
            } else if (unknown.id() >= 0) {
                out.add(unknown.id(), i + 1);
            }
            afterUnknown = id < 0 && unknown.id() >= 0;
        }
        return to;
    }

    @Override
    public boolean startsAt(byte[] utf8, int at) {
        return true;
    }
}
