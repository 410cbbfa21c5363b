package io.varlen.spark.engine;

import io.varlen.InvalidInputException;
import io.varlen.attention.Backend;
import io.varlen.attention.Backends;
import io.varlen.model.CausalLm;
import io.varlen.model.Encoder;
import io.varlen.model.ModelFiles;
import io.varlen.model.ModelMemory;
import io.varlen.model.Models;
import io.varlen.model.Transformer;
import io.varlen.natives.NativeDirectory;
import io.varlen.spark.Redaction;
import io.varlen.spark.VarlenConf;
import io.varlen.spark.engine.ExecutorReport.Budgets;
import io.varlen.spark.internal.Rapids;
import io.varlen.tokenizer.Tokenizer;
import io.varlen.tokenizer.TokenizerSource;
import io.varlen.tokenizer.TokenizerSources;
import io.varlen.tokenizer.Tokenizers;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * What the tasks of one JVM compute with: the backend, one copy of each model and each tokenizer.
 *
 * <p>There is one engine per Spark application and JVM. Everything is opened on first use, opened once however many tasks
 * ask at the same time, shared by all of them, and closed in the reverse order of its opening. All methods may be called
 * from any thread.
 */
public final class Engine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

    private static Engine current;

    private final WeakReference<SparkEnv> application;
    private final SparkConf conf;
    private final SharedResources resources = new SharedResources();
    private final Path nativeDirectory;
    private final BackendOpener backends;
    private volatile AssignedGpus gpus = AssignedGpus.UNKNOWN;

    Engine(SparkEnv application) {
        this(application, Backends::open);
    }

    Engine(SparkEnv application, BackendOpener backends) {
        this.application = new WeakReference<>(application);
        this.backends = backends;
        this.conf = application == null ? new SparkConf() : application.conf();
        this.nativeDirectory = prepareNatives(conf);
    }

    /**
     * The engine of the Spark application that this JVM runs now; works on any thread of the driver or an executor, with
     * or without the plugin. The engine of an application that has ended is closed by the first call of the next one.
     *
     * @throws IllegalStateException if the engine of this application has been closed
     */
    public static synchronized Engine get() {
        SparkEnv application = SparkEnv.get();
        if (current == null || !current.serves(application)) {
            if (current != null) {
                current.close();
            }
            current = new Engine(application);
        }
        return current;
    }

    /**
     * The engine of this application, as {@link #get}, which from now on uses these GPUs.
     *
     * @param resources what Spark has assigned to this executor, by name
     */
    public static Engine get(Map<String, ResourceInformation> resources) {
        Engine engine = get();
        engine.assign(AssignedGpus.of(resources));
        return engine;
    }

    void assign(AssignedGpus assigned) {
        gpus = assigned;
    }

    /** Without Spark there is no application whose end could be meant by closing, so a closed engine is just replaced. */
    private boolean serves(SparkEnv now) {
        return application.get() == now && !(now == null && resources.isClosed());
    }

    /**
     * Finds the tokenizer that a user names: what {@link TokenizerSources#resolve} takes, or {@value
     * ModelReference#BUILTIN} for that model's own.
     *
     * @throws InvalidInputException if there is none of that name
     */
    public TokenizerSource tokenizerSource(String name) {
        return name.equals(ModelReference.BUILTIN)
                ? model(ModelReference.of(name, null)).tokenizer()
                : TokenizerSources.resolve(name);
    }

    /**
     * The tokenizer of this source. It belongs to the engine: closing it does nothing.
     *
     * @throws InvalidInputException if the source does not define a tokenizer
     * @throws IllegalStateException if the engine is closed
     */
    public Tokenizer tokenizer(TokenizerSource source) {
        Key key = new Key("tokenizer", source.name(), source.sha256(), Arrays.hashCode(source.configJson()));
        return resources.get(key, () -> new SharedTokenizer(Tokenizers.open(source)), SharedTokenizer::release);
    }

    /**
     * The files of this model, checked but not loaded, as this host has them.
     *
     * @throws InvalidInputException if the model is not there, is damaged, or is not the one that {@link
     *     ModelReference#sha256()} names
     * @throws IllegalStateException if the engine is closed
     */
    public ModelFiles model(ModelReference model) {
        Key key = new Key("model", model.name(), model.location());
        ModelFiles files = resources.get(key, () -> openFiles(model), unowned -> {});
        if (model.sha256() != null && !model.sha256().equals(files.sha256())) {
            throw new InvalidInputException("model " + model.name() + " has SHA-256 " + files.sha256() + " on "
                    + hostName() + ", and the driver, or who named it, wants " + model.sha256()
                    + "; every host must have the same files");
        }
        return files;
    }

    /**
     * The encoder of this model computed so. It belongs to the engine: closing it does nothing.
     *
     * @param compute with what
     * @throws InvalidInputException as {@link #model}, or if what is asked for is not available
     * @throws IllegalStateException if the engine is closed
     */
    public Encoder encoder(ModelReference model, Compute compute) {
        ModelFiles files = model(model);
        SharedBackend shared = shared(compute);
        Key key = new Key("encoder", model.name(), files.sha256(), shared.backend());
        return resources.get(key, () -> openEncoder(files, shared), SharedEncoder::release);
    }

    /**
     * The language model of this model computed so. It belongs to the engine: closing it does nothing.
     *
     * @param compute with what
     * @throws InvalidInputException as {@link #encoder}, or if the model does not predict the next token
     * @throws IllegalStateException if the engine is closed
     */
    public CausalLm causalLm(ModelReference model, Compute compute) {
        ModelFiles files = model(model);
        SharedBackend shared = shared(compute);
        Key key = new Key("language model", model.name(), files.sha256(), shared.backend());
        return resources.get(key, () -> openCausalLm(files, shared), SharedCausalLm::release);
    }

    /**
     * This model's layers, without what is done with their hidden states, computed so. They belong to the engine:
     * closing them does nothing.
     *
     * @param compute with what
     * @throws InvalidInputException as {@link #encoder}
     * @throws IllegalStateException if the engine is closed
     */
    public Transformer transformer(ModelReference model, Compute compute) {
        ModelFiles files = model(model);
        SharedBackend shared = shared(compute);
        Key key = new Key("transformer", model.name(), files.sha256(), shared.backend());
        return resources.get(key, () -> openTransformer(files, shared), SharedTransformer::release);
    }

    /**
     * How many tokens this model may be given at once. It is made once, when the weights are where they compute.
     *
     * @param compute with what
     * @throws InvalidInputException as {@link #model}, or if what is asked for is not available
     * @throws IllegalStateException if the engine is closed
     */
    public MemoryPlan memoryPlan(ModelReference model, Compute compute) {
        ModelFiles files = model(model);
        Backend backend = shared(compute).backend();
        return resources.get(
                memoryPlanKey(model, files, backend),
                () -> {
                    MemoryPlan plan =
                            MemoryPlan.of(backend, tasksAtOnce(backend), ModelMemory.of(files, backend, false));
                    tellReduced(model, backend, plan);
                    return plan;
                },
                unowned -> {});
    }

    private void tellReduced(ModelReference model, Backend backend, MemoryPlan plan) {
        Budgets budgets = Budgets.of(conf, backend, plan);
        if (!budgets.equals(Budgets.most(conf, backend))) {
            LOG.info("{} has batches of {}, because there is room for {}", Redaction.text(model.name()), budgets, plan);
        }
    }

    /** What {@link #memoryPlan} is, or will be once the model is opened, which this does not do. */
    MemoryPlan memoryPlanAhead(ModelReference model, Compute compute) {
        ModelFiles files = model(model);
        Backend backend = shared(compute).backend();
        return resources
                .opened(memoryPlanKey(model, files, backend), MemoryPlan.class)
                .orElseGet(
                        () -> MemoryPlan.ahead(backend, tasksAtOnce(backend), ModelMemory.of(files, backend, false)));
    }

    private static Key memoryPlanKey(ModelReference model, ModelFiles files, Backend backend) {
        return new Key("memory plan", model.name(), files.sha256(), backend);
    }

    private int tasksAtOnce(Backend backend) {
        int cores = conf.getInt("spark.executor.cores", Runtime.getRuntime().availableProcessors());
        int tasks = Math.max(1, cores / conf.getInt("spark.task.cpus", 1));
        return backend.name().equals(Backends.CPU) ? tasks : Math.min(tasks, gpuTasks());
    }

    private int gpuTasks() {
        return VarlenConf.GPU_CONCURRENT_TASKS.get(conf).orElse(VarlenConf.DEFAULT_GPU_CONCURRENT_TASKS);
    }

    /**
     * Opens a backend, unless that was done before, and says what it is.
     *
     * @param compute with what
     * @throws InvalidInputException if what is asked for is not available
     * @throws IllegalStateException if the engine is closed
     */
    public EngineReport report(Compute compute) {
        Backend opened = backend(compute);
        return new EngineReport(
                hostName(),
                resolved(compute).backend(),
                opened.name(),
                opened.description(),
                gpus.description(),
                nativeDirectory,
                Runtime.getRuntime().maxMemory());
    }

    /** How many models are loaded. */
    int models() {
        return resources.opened(SharedEncoder.class).size()
                + resources.opened(SharedCausalLm.class).size()
                + resources.opened(SharedTransformer.class).size();
    }

    /** The backends that are open. */
    List<SharedBackend> backends() {
        return resources.opened(SharedBackend.class);
    }

    /** Refuses new work, waits for the calls that have begun, and frees everything. Idempotent. */
    @Override
    public void close() {
        resources.close();
    }

    /**
     * What computes. It belongs to the engine: leave it open, and let it compute in {@link #compute} alone.
     *
     * @param compute with what
     * @throws InvalidInputException if what is asked for is not available
     * @throws IllegalStateException if the engine is closed
     */
    public Backend backend(Compute compute) {
        return shared(compute).backend();
    }

    /**
     * What the work makes of the backend, as soon as it is this task's turn to use it. The work is what is to be computed and no
     * more; its result is on the host.
     *
     * @throws InvalidInputException if what is asked for is not available
     * @throws IllegalStateException if the engine is closed, or the task was killed while it waited
     */
    public <T> T compute(Compute compute, Function<Backend, T> work) {
        return shared(compute).compute(work);
    }

    /** Called by the thread that will compute: of several GPUs its task has one. */
    private SharedBackend shared(Compute compute) {
        Compute resolved = resolved(compute);
        return shared(resolved, resolved.backend().equals(Backends.CPU) ? null : gpus.ofThisTask());
    }

    private SharedBackend shared(Compute resolved, String gpu) {
        return resources.get(
                new Key("backend", resolved.backend(), resolved.dtype(), gpu),
                () -> openBackend(resolved, gpu),
                SharedBackend::release);
    }

    private SharedBackend openBackend(Compute compute, String gpu) {
        int threads = conf.getInt("spark.task.cpus", 1);
        Backends.allocateBy(Rapids.deviceMemory().orElse(null));
        Backend backend = backends.open(compute.backend(), threads, compute.dtype(), gpu);
        if (compute.backend().equals(Backends.AUTO) && backend.name().equals(Backends.CPU)) {
            backend.close();
            requireNoGpu(gpu);
            return shared(new Compute(Backends.CPU, compute.dtype()), null)
                    .borrowed(); // one for all GPUs that are none
        }
        return new SharedBackend(backend, permit(backend));
    }

    /** Backends of several dtypes, or by several names, may be on one device. */
    private ComputePermit permit(Backend backend) {
        return resources.get(
                new Key("permit", backend.memoryUse().where()),
                () -> ComputePermit.of(backend, gpuTasks(), new TaskComputeListener()),
                unowned -> {});
    }

    private void requireNoGpu(String gpu) {
        if (VarlenConf.GPU_REQUIRED.get(conf).orElse(false)) {
            throw new InvalidInputException(VarlenConf.GPU_REQUIRED.key() + " is set, but " + hostName()
                    + " has no GPU for this executor: "
                    + Backends.whyNotCuda(gpu).orElse("it could not be opened"));
        }
    }

    private static SharedEncoder openEncoder(ModelFiles files, SharedBackend shared) {
        return new SharedEncoder(Models.encoder(files, shared.backend()), shared.permit());
    }

    private static SharedCausalLm openCausalLm(ModelFiles files, SharedBackend shared) {
        return new SharedCausalLm(Models.causalLm(files, shared.backend()), shared);
    }

    private static SharedTransformer openTransformer(ModelFiles files, SharedBackend shared) {
        return new SharedTransformer(Models.transformer(files, shared.backend()), shared, new Gate());
    }

    private Compute resolved(Compute compute) {
        return compute.backend() != null
                ? compute
                : new Compute(VarlenConf.BACKEND.get(conf).orElse(Backends.AUTO), compute.dtype());
    }

    private ModelFiles openFiles(ModelReference model) throws IOException {
        ModelStore store = new ModelStore(nativeDirectory.resolve("models"), hadoop(conf));
        if (!model.isBuiltin()) {
            return ModelFiles.open(store.folder(model.location()));
        }
        Optional<String> jar = Optional.ofNullable(model.location()).or(() -> VarlenConf.MODEL_JAR.get(conf));
        return ModelFiles.builtin(jar.isPresent() ? store.jar(jar.get()) : null);
    }

    private static Path prepareNatives(SparkConf conf) {
        Optional<String> configured = VarlenConf.NATIVE_DIR.get(conf);
        return configured.isPresent()
                ? NativeDirectory.prepare(Path.of(configured.get()))
                : NativeDirectory.prepareBelow(LocalDirectory.of(conf, System.getenv()));
    }

    private static Configuration hadoop(SparkConf conf) {
        Configuration hadoop = new Configuration();
        for (Tuple2<String, String> setting : conf.getAll()) {
            if (setting._1().startsWith("spark.hadoop.")) {
                hadoop.set(setting._1().substring("spark.hadoop.".length()), setting._2());
            }
        }
        return hadoop;
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this host";
        }
    }

    /** What a resource is told apart by; printed in messages. */
    private record Key(String kind, String name, Object... details) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key that
                    && kind.equals(that.kind)
                    && name.equals(that.name)
                    && Arrays.equals(details, that.details);
        }

        @Override
        public int hashCode() {
            return Objects.hash(kind, name, Arrays.hashCode(details));
        }

        @Override
        public String toString() {
            return kind + " " + name;
        }
    }
}
