package io.varlen.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.varlen.InvalidInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The tensors of a model's safetensors files: one, or several that an index ties together. */
final class SafetensorsWeights implements Weights {
    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final String model;
    private final List<SafetensorsFile> files = new ArrayList<>();
    private final Map<String, SafetensorsFile> homes = new HashMap<>();

    private SafetensorsWeights(String model) {
        this.model = model;
    }

    /** The names of the files that hold a model's weights, and of the index if there is one. */
    static List<String> fileNames(ModelFolder folder) {
        if (folder.has(SINGLE)) {
            return List.of(SINGLE);
        }
        if (folder.has(INDEX)) {
            List<String> names = new ArrayList<>(shards(folder));
            names.add(INDEX);
            return names;
        }
        List<String> all = folder.list(".safetensors");
        if (all.size() == 1) {
            return all;
        }
        throw new InvalidInputException(folder.root() + " holds "
                + (all.isEmpty() ? "no safetensors file" : all.size() + " safetensors files and no " + INDEX)
                + "; weights are read from " + SINGLE + ", or from the files that " + INDEX + " names");
    }

    /** Opens and checks all files. */
    static SafetensorsWeights open(ModelFolder folder) {
        SafetensorsWeights weights = new SafetensorsWeights(folder.root().toString());
        try {
            for (String name : fileNames(folder)) {
                if (!name.equals(INDEX)) {
                    weights.add(folder.path(name));
                }
            }
        } catch (InvalidInputException e) {
            weights.close();
            throw e;
        }
        return weights;
    }

    private static Set<String> shards(ModelFolder folder) {
        JsonFile index = folder.json(INDEX);
        JsonNode map = index.object().path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw index.wrong("'weight_map' must be an object from tensor names to file names");
        }
        Set<String> names = new LinkedHashSet<>();
        for (JsonNode file : map) {
            if (!file.isTextual() || !folder.has(file.textValue())) {
                throw index.wrong("'weight_map' names " + JsonFile.excerpt(file) + ", which is no file beside it");
            }
            names.add(file.textValue());
        }
        return names;
    }

    private void add(Path path) {
        SafetensorsFile file = SafetensorsFile.open(path);
        files.add(file);
        for (String name : file.names()) {
            if (homes.put(name, file) != null) {
                throw new InvalidInputException(
                        path + ": tensor '" + JsonFile.excerpt(name) + "' is in another file of the model too");
            }
        }
    }

    @Override
    public boolean contains(String name) {
        return homes.containsKey(name);
    }

    @Override
    public float[] read(String name, int... shape) {
        SafetensorsFile home = homes.get(name);
        if (home == null) {
            throw new InvalidInputException(model + " holds no tensor '" + name + "'");
        }
        return home.read(name, shape);
    }

    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
