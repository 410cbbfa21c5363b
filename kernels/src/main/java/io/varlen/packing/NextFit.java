package io.varlen.packing;

/** {@link PackingStrategy#SEQUENTIAL}: only the last row is open. */
final class NextFit implements RowFit {
    private final RowLimits limits;
    private RowPattern open = RowPattern.EMPTY;
    private int row;

    NextFit(RowLimits limits) {
        this.limits = limits;
    }

    @Override
    public int place(int slots) {
        if (open.copies(slots, limits) < 1) {
            open = RowPattern.EMPTY;
            row++;
        }
        open = open.plus(slots, 1);
        return row;
    }
}
