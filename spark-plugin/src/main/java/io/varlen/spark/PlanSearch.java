package io.varlen.spark;

import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.broadcast.Broadcast;
import scala.Product;

/**
 * Looks through a query's plan for objects of ours, by what all plans are made of: products, collections of Scala, and functions
 * that have captured something. So it sees no class of Catalyst, which differ between versions of Spark.
 */
final class PlanSearch {
    private static final String OURS = "io.varlen.";
    private static final int MOST_ELEMENTS = 1000;

    private final Consumer<Object> found;
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private PlanSearch(Consumer<Object> found) {
        this.found = found;
    }

    /** The outermost objects of ours below a root, in the order of the plan. */
    static List<Object> outermost(Object plan) {
        List<Object> all = new ArrayList<>();
        new PlanSearch(all::add).plan(plan);
        return all;
    }

    /** What one object of ours consists of, at any depth, if it is of this type. */
    static <T> List<T> within(Object root, Class<T> type) {
        List<T> all = new ArrayList<>();
        new PlanSearch(object -> {
                    if (type.isInstance(object)) {
                        all.add(type.cast(object));
                    }
                })
                .own(root);
        return all;
    }

    private void plan(Object node) {
        if (node == null || !seen.add(node)) {
            return;
        }
        if (node.getClass().getName().startsWith(OURS)) {
            found.accept(node);
        } else if (node instanceof Product product) {
            for (int i = 0; i < product.productArity(); i++) {
                plan(product.productElement(i));
            }
        } else {
            elements(node).forEach(this::plan);
            captured(node).forEach(this::plan);
        }
    }

    private void own(Object object) {
        if (object == null || !seen.add(object)) {
            return;
        }
        if (object instanceof Broadcast<?> broadcast) {
            own(broadcast.value());
        } else if (object.getClass().getName().startsWith(OURS)) {
            found.accept(object);
            for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())
                            && !field.getType().isPrimitive()) {
                        own(value(field, object));
                    }
                }
            }
        }
    }

    private static Object value(Field field, Object of) {
        try {
            field.setAccessible(true);
            return field.get(of);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return null; // of a module that keeps its fields to itself, and so none of ours
        }
    }

    /** Of a collection of Scala, which 2.12 and 2.13 have under the same names. */
    private static List<Object> elements(Object collection) {
        List<Object> elements = new ArrayList<>();
        if (collection instanceof scala.collection.Iterable) {
            try {
                Object iterator =
                        method(scala.collection.Iterable.class, "iterator").invoke(collection);
                Method hasNext = method(scala.collection.Iterator.class, "hasNext");
                Method next = method(scala.collection.Iterator.class, "next");
                while (elements.size() < MOST_ELEMENTS && (boolean) hasNext.invoke(iterator)) {
                    elements.add(next.invoke(iterator));
                }
            } catch (ReflectiveOperationException e) {
                return elements; // a collection that fails is none to look into
            }
        }
        return elements;
    }

    private static Method method(Class<?> type, String name) throws NoSuchMethodException {
        return type.getMethod(name);
    }

    /** What a function of Scala that Spark has made around one of Java's has captured. */
    private static List<Object> captured(Object function) {
        List<Object> captured = new ArrayList<>();
        if (function.getClass().isSynthetic() || function.getClass().getName().contains("$Lambda")) {
            try {
                Method writeReplace = function.getClass().getDeclaredMethod("writeReplace");
                writeReplace.setAccessible(true);
                if (writeReplace.invoke(function) instanceof SerializedLambda lambda) {
                    for (int i = 0; i < lambda.getCapturedArgCount(); i++) {
                        captured.add(lambda.getCapturedArg(i));
                    }
                }
            } catch (ReflectiveOperationException | RuntimeException e) {
                return captured; // a function that cannot be sent holds nothing of ours
            }
        }
        return captured;
    }
}
