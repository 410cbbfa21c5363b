package io.varlen.spark.engine;

/** Is told where the time of a call to a shared model went, by the thread that made the call and before the call returns. */
public interface ComputeListener {
    /** Looks away. */
    ComputeListener NONE = new ComputeListener() {
        @Override
        public void waited(long nanos) {}

        @Override
        public void computed(long nanos) {}
    };

    /** The call stood in line for the device, also if it then gave up; not told of a processor, which nobody waits for. */
    void waited(long nanos);

    /** The backend computed, also if that failed. */
    void computed(long nanos);
}
