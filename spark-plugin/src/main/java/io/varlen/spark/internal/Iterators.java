package io.varlen.spark.internal;

import java.util.Iterator;
import java.util.function.Function;

/** The one lazy operation on iterators that Java's own class does not have. */
public final class Iterators {
    private Iterators() {}

    public static <A, B> Iterator<B> map(Iterator<A> iterator, Function<A, B> function) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return iterator.hasNext();
            }

            @Override
            public B next() {
                return function.apply(iterator.next());
            }
        };
    }
}
