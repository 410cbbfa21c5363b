package io.varlen.jobs.chart;

/** Java cannot draw pixels on this machine. */
public final class NoPngException extends Exception {
    NoPngException(Throwable cause) {
        super("Java cannot draw pixels here (" + cause + "); charts are there as SVG", cause);
    }
}
