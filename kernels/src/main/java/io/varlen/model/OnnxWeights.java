package io.varlen.model;

import io.varlen.InvalidInputException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights in an <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">ONNX</a> model that PyTorch exported.
 *
 * <p>The exporter keeps the names of most parameters, but stores the weight of a linear layer transposed and without a name
 * of its own. It is the second input of a MatMul node, whose name is the path of the layer: the node
 * {@code /encoder/layer.0/output/dense/MatMul} takes what PyTorch calls {@code encoder.layer.0.output.dense.weight}.
 */
final class OnnxWeights implements Weights {
    private static final int MODEL_GRAPH = 7;
    private static final int GRAPH_NODE = 1;
    private static final int GRAPH_INITIALIZER = 5;
    private static final int NODE_INPUT = 1;
    private static final int NODE_NAME = 3;
    private static final int NODE_OPERATOR = 4;
    private static final int TENSOR_DIMENSION = 1;
    private static final int TENSOR_TYPE = 2;
    private static final int TENSOR_NAME = 8;
    private static final int TENSOR_RAW_DATA = 9;
    private static final long TYPE_FLOAT = 1;
    private static final int MAX_DIMENSIONS = 8;

    private final String name;
    private final Map<String, Initializer> initializers = new HashMap<>();

    /** PyTorch's names of transposed weights, and what their initializers are called. */
    private final Map<String, String> linearWeights = new HashMap<>();

    /** @param elements the tensor's bytes; null if it has none of its own */
    private record Initializer(String name, long[] shape, long type, ByteBuffer elements) {}

    /**
     * @param name the file, for messages
     * @throws InvalidInputException if this is no ONNX model
     */
    OnnxWeights(String name, byte[] model) {
        this.name = name;
        try {
            readModel(new ProtobufReader(model));
        } catch (ProtobufReader.Malformed e) {
            throw wrong(e.getMessage());
        }
    }

    @Override
    public boolean contains(String tensor) {
        return initializers.containsKey(tensor) || linearWeights.containsKey(tensor);
    }

    @Override
    public float[] read(String tensor, int... shape) {
        String anonymous = linearWeights.get(tensor);
        if (anonymous != null && shape.length == 2) {
            return transpose(elements(anonymous, shape[1], shape[0]), shape[1], shape[0]);
        }
        return elements(tensor, shape);
    }

    private float[] elements(String tensor, int... shape) {
        Initializer initializer = initializers.get(tensor);
        if (initializer == null) {
            throw new InvalidInputException(name + " holds no tensor '" + JsonFile.excerpt(tensor) + "'");
        }
        Shapes.require(name, tensor, initializer.shape(), shape);
        long bytes = Shapes.bytes(initializer.shape(), Float.BYTES);
        ByteBuffer raw = initializer.elements();
        if (initializer.type() != TYPE_FLOAT || raw == null || raw.remaining() != bytes) {
            throw wrong("tensor '" + JsonFile.excerpt(tensor) + "' is not " + bytes + " bytes of raw fp32 data");
        }
        float[] elements = new float[(int) (bytes / Float.BYTES)];
        raw.asFloatBuffer().get(elements);
        return elements;
    }

    private static float[] transpose(float[] matrix, int rows, int columns) {
        float[] transposed = new float[matrix.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                transposed[c * rows + r] = matrix[r * columns + c];
            }
        }
        return transposed;
    }

    private void readModel(ProtobufReader model) {
        boolean hasGraph = false;
        while (model.next()) {
            if (model.field() == MODEL_GRAPH) {
                hasGraph = true;
                readGraph(model.readMessage());
            } else {
                model.skip();
            }
        }
        if (!hasGraph) {
            throw wrong("it holds no graph");
        }
    }

    private void readGraph(ProtobufReader graph) {
        while (graph.next()) {
            switch (graph.field()) {
                case GRAPH_NODE -> readNode(graph.readMessage());
                case GRAPH_INITIALIZER -> readInitializer(graph.readMessage());
                default -> graph.skip();
            }
        }
    }

    private void readNode(ProtobufReader node) {
        List<String> inputs = new ArrayList<>();
        String path = "";
        String operator = "";
        while (node.next()) {
            switch (node.field()) {
                case NODE_INPUT -> addInput(inputs, node);
                case NODE_NAME -> path = node.readString();
                case NODE_OPERATOR -> operator = node.readString();
                default -> node.skip();
            }
        }
        if (operator.equals("MatMul") && inputs.size() == 2 && path.startsWith("/") && path.endsWith("/MatMul")) {
            String layer = path.substring(1, path.length() - "/MatMul".length()).replace('/', '.');
            linearWeights.put(layer + ".weight", inputs.get(1));
        }
    }

    /** Some operators have any number of inputs; a MatMul has two. */
    private static void addInput(List<String> inputs, ProtobufReader node) {
        if (inputs.size() <= 2) {
            inputs.add(node.readString());
        } else {
            node.skip();
        }
    }

    private void readInitializer(ProtobufReader tensor) {
        List<Long> shape = new ArrayList<>();
        String tensorName = "";
        long type = 0;
        ByteBuffer elements = null;
        while (tensor.next()) {
            switch (tensor.field()) {
                case TENSOR_DIMENSION -> readDimensions(tensor, shape);
                case TENSOR_TYPE -> type = tensor.readVarint();
                case TENSOR_NAME -> tensorName = tensor.readString();
                case TENSOR_RAW_DATA -> elements = tensor.readBytes();
                default -> tensor.skip();
            }
        }
        long[] dimensions = shape.stream().mapToLong(Long::longValue).toArray();
        var initializer = new Initializer(tensorName, dimensions, type, elements);
        if (initializers.put(tensorName, initializer) != null) {
            throw wrong("tensor '" + JsonFile.excerpt(tensorName) + "' comes twice");
        }
    }

    /** One dimension, or all of them packed. */
    private void readDimensions(ProtobufReader tensor, List<Long> shape) {
        if (tensor.wireType() == ProtobufReader.VARINT) {
            addDimension(shape, tensor.readVarint());
        } else {
            ProtobufReader packed = tensor.readMessage();
            while (packed.hasMore()) {
                addDimension(shape, packed.varint());
            }
        }
    }

    private void addDimension(List<Long> shape, long dimension) {
        if (dimension < 0 || shape.size() == MAX_DIMENSIONS) {
            throw wrong(
                    dimension < 0
                            ? "a tensor has the dimension " + dimension
                            : "a tensor has more than " + MAX_DIMENSIONS + " dimensions");
        }
        shape.add(dimension);
    }

    private InvalidInputException wrong(String what) {
        return new InvalidInputException(name + " is not a valid ONNX model: " + what);
    }

    @Override
    public void close() {}
}
