package io.varlen.spark.engine

import io.varlen.InvalidInputException
import io.varlen.attention.{Backend, Backends, Dtype, MemoryUse}
import io.varlen.model.PackedBatch
import io.varlen.sequence.CuSeqlens
import io.varlen.spark.{LocalSpark, VarlenConf}
import io.varlen.spark.inference.InputBatches
import org.apache.spark.api.java.function.Function2
import org.apache.spark.resource.ResourceInformation
import org.scalatest.funspec.AnyFunSpec

import java.lang.reflect.{InvocationTargetException, Method, Proxy}
import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.{ConcurrentLinkedQueue, CountDownLatch, TimeUnit}
import java.util.{Map => JMap, Optional}
import scala.jdk.CollectionConverters._

/** Engines on hosts with several GPUs, which are processors that answer to another name. */
class EngineDevicesSpec extends AnyFunSpec {
  import EngineDevicesSpec._

  private val builtin = ModelReference.of(ModelReference.BUILTIN, null)

  private def using(names: String => String, addresses: String*)(body: Engine => Unit): Unit = {
    opened.clear()
    closed.clear()
    val engine = new Engine(null, (name, threads, dtype, gpu) => open(names(name), name, threads, dtype, gpu))
    if (addresses.nonEmpty)
      engine.assign(AssignedGpus.of(JMap.of("gpu", new ResourceInformation("gpu", addresses.toArray))))
    Host.engine = engine
    try body(engine)
    finally engine.close()
    assert(closed.asScala.toSeq.sorted == opened.asScala.map(_._2).toSeq.sorted)
  }

  private def inTasks[T](partitions: Int)(work: Int => T): Seq[T] = {
    val run: Function2[Integer, java.util.Iterator[Integer], java.util.Iterator[T]] =
      (partition, _) => Iterator(work(partition)).asJava
    val none = LocalSpark.context.parallelize((0 until partitions).map(Int.box).asJava, partitions)
    none.mapPartitionsWithIndex(run, false).collect().asScala.toSeq
  }

  describe("an engine with several GPUs") {
    it("gives each task one by its partition, with one copy of the weights on each") {
      using(identity, "3", "GPU-abc") { engine =>
        val partitions = inTasks(8)(_ => Host.identities())
        for ((identities, partition) <- partitions.zipWithIndex) assert(identities == partitions(partition % 2))
        for ((a, b) <- partitions(0).zip(partitions(1))) assert(a != b)
        assert(opened.asScala.map(_._1).toSet == Set("3", "GPU-abc") && opened.size == 2)
        // the driver's thread, which is in no task
        assert(System.identityHashCode(engine.backend(Compute.on("cuda"))) == partitions(0).head)
        assert(engine.report(Compute.on("cuda")).gpus == "3, GPU-abc, assigned by Spark")
      }
    }

    it("has one copy of the weights on the processor where none of them can be used") {
      using(name => if (name == "auto") "cpu" else name, "3", "5") { engine =>
        val partitions = inTasks(4)(_ => Host.identities(Compute.DEFAULT))
        assert(partitions.distinct.size == 1)
        assert(engine.report(Compute.DEFAULT).backend == "cpu")
      }
    }

    it("gives a property that names a device the last word") {
      System.setProperty(Backends.CUDA_DEVICE, "1")
      try
        using(identity, "3", "5") { engine =>
          assert(inTasks(4)(_ => Host.identities()).distinct.size == 1)
          assert(opened.asScala.map(_._1).toSeq == Seq(null))
          assert(engine.report(Compute.on("cuda")).gpus == "device 1, by varlen.cuda.device")
        }
      finally System.clearProperty(Backends.CUDA_DEVICE)
    }

    it("computes the same on each") {
      using(identity, "0", "1") { _ =>
        assert(inTasks(2)(_ => Host.vector()).distinct.size == 1)
        assert(opened.size == 2)
      }
    }
  }

  describe("Engine.compute") {
    it("lets a device's tasks wait for each other, whatever dtype each computes in and by whichever name") {
      val onDevice = Seq(Compute.on("cuda"), new Compute("cuda", Dtype.AUTO), Compute.on("auto"))
      using(_ => "cuda", "3") { engine =>
        assert(onDevice.map(engine.backend(_)).distinct.size == 3)
        val inside = new AtomicInteger
        val most = new AtomicInteger
        val threads = Seq.tabulate(9)(i =>
          new Thread(() =>
            for (_ <- 1 to 20)
              engine.compute(
                onDevice(i % 3),
                (_: Backend) => {
                  most.accumulateAndGet(inside.incrementAndGet(), math.max(_, _))
                  Thread.sleep(1)
                  inside.decrementAndGet()
                }
              )
          )
        )
        threads.foreach(_.start())
        threads.foreach(_.join(30000))
        assert(most.get == VarlenConf.DEFAULT_GPU_CONCURRENT_TASKS)
      }
    }

    it("has its backend until it is done: an engine that closes waits for it, and then refuses") {
      using(identity) { engine =>
        val begun = new CountDownLatch(1)
        val go = new CountDownLatch(1)
        @volatile var closedWithin = true
        val work = new Thread(() =>
          engine.compute(
            Compute.on("cuda"),
            (_: Backend) => {
              begun.countDown()
              go.await(30, TimeUnit.SECONDS)
              closedWithin = !closed.isEmpty
            }
          )
        )
        work.start()
        assert(begun.await(30, TimeUnit.SECONDS))
        val closing = new Thread(() => engine.close())
        closing.start()
        closing.join(200)
        assert(closing.isAlive)
        go.countDown()
        work.join(30000)
        closing.join(30000)
        assert(!closedWithin && !closing.isAlive && !closed.isEmpty)
        intercept[IllegalStateException](engine.compute(Compute.on("cuda"), (_: Backend) => ()))
      }
    }
  }

  describe("the token budget") {
    it("follows from what a device has left and what the model takes, and changes no result") {
      val free = TokenBudget.ofEmbed(Optional.empty())
      val compute = Compute.on("cuda")
      memory = 2L * ((320L << 20) + 300 * 6 * 384 * 4)
      try
        using(identity) { engine =>
          // ahead, the weights are not yet where they compute; nothing of that is kept
          val weights = 4L * (6 * (4 + 8) * 384 * 384 + (30522 + 512) * 384)
          memory += weights
          assert(engine.memoryPlanAhead(builtin, compute).tokens == 300)
          memory -= weights
          assert(engine.memoryPlan(builtin, compute).tokens == 300)
          assert(engine.memoryPlanAhead(builtin, compute) eq engine.memoryPlan(builtin, compute))
          assert(new TaskModel(builtin, compute, free).batchTokens(engine) == 300)
          val texts = Seq.tabulate(40)(i => Seq.fill(1 + i * 7 % 100)(1000 + i))
          def embed(budget: Int): Seq[Float] = {
            val vectors = Seq.newBuilder[Float]
            val batches = new InputBatches[String](
              budget,
              (batch, _) => vectors ++= engine.encoder(builtin, compute).embed(batch)
            )
            for (text <- texts) {
              val ids = batches.begin("", text.size)
              text.foreach(ids.add(_))
            }
            batches.finish()
            vectors.result()
          }
          assert(embed(new TaskModel(builtin, compute, free).batchTokens(engine)) == embed(65536))
        }
      finally memory = 64L << 30
      using(identity)(engine => assert(new TaskModel(builtin, compute, free).batchTokens(engine) == 65536))
    }
  }

  describe("a GPU that is required") {
    it("is an error where there is none, and not where there is one") {
      System.setProperty("spark.varlen.gpu.required", "true")
      try {
        using(name => if (name == "auto") "cpu" else name) { engine =>
          val e = intercept[InvalidInputException](engine.report(Compute.DEFAULT))
          assert(e.getMessage.contains("spark.varlen.gpu.required is set, but "))
          assert(engine.report(Compute.on("cpu")).backend == "cpu")
        }
        using(_ => "cuda")(engine => assert(engine.report(Compute.DEFAULT).backend == "cuda"))
      } finally System.clearProperty("spark.varlen.gpu.required")
    }
  }

  describe("AssignedGpus") {
    it("takes the executor's, else the task's, else the first there is; a task's own among several") {
      val two = new AssignedGpus(java.util.List.of("3", "5"))
      val none = java.util.List.of[String]
      assert((0 until 5).map(two.of(none, _)) == Seq("3", "5", "3", "5", "3"))
      assert(two.of(java.util.Collections.singletonList("5"), 0) == "5")
      assert(AssignedGpus.UNKNOWN.of(java.util.Collections.singletonList("7"), 4) == "7")
      assert(AssignedGpus.UNKNOWN.of(none, 4) == null)
      assert(AssignedGpus.of(JMap.of("fpga", new ResourceInformation("fpga", Array("1")))) == AssignedGpus.UNKNOWN)
      assert(AssignedGpus.of(JMap.of("gpu", new ResourceInformation("gpu", Array()))) == AssignedGpus.UNKNOWN)
    }
  }

  describe("the permit") {
    it("is one for all models of a GPU, and not for those of another") {
      using(identity, "0", "1") { engine =>
        val permits = inTasks(4)(_ => Host.mostAtOnce())
        assert(permits.forall(_ <= 2), permits)
        assert(engine.compute(Compute.on("cuda"), (backend: Backend) => backend.name) == "cuda")
      }
    }
  }
}

object EngineDevicesSpec {
  val opened = new ConcurrentLinkedQueue[(String, Int)]
  val closed = new ConcurrentLinkedQueue[Int]

  /** What a device has. */
  @volatile var memory = 64L << 30

  /** What tasks of this JVM reach. */
  object Host {
    @volatile var engine: Engine = _
    private val model = ModelReference.of(ModelReference.BUILTIN, null)

    def identities(compute: Compute = Compute.on("cuda")): Seq[Int] =
      Seq(engine.backend(compute), engine.encoder(model, compute), engine.transformer(model, compute))
        .map(System.identityHashCode(_))

    def vector(): Seq[Float] =
      engine
        .encoder(model, Compute.on("cuda"))
        .embed(new PackedBatch(Array(101, 2000, 102), CuSeqlens.ofLengths(3)))
        .toSeq

    private val inside = new java.util.concurrent.ConcurrentHashMap[Backend, Int]

    /** How many others this task saw on its GPU, itself included. */
    def mostAtOnce(): Int = (1 to 50).map { _ =>
      engine.compute(
        Compute.on("cuda"),
        (backend: Backend) => {
          val now = inside.merge(backend, 1, (a, b) => a + b)
          Thread.sleep(1)
          inside.merge(backend, -1, (a, b) => a + b)
          now
        }
      )
    }.max
  }

  private def open(name: String, asked: String, threads: Int, dtype: Dtype, gpu: String): Backend = {
    val cpu = Backends.open("cpu", threads, dtype)
    val id = System.identityHashCode(cpu)
    opened.add((gpu, id))
    def call(method: Method, arguments: Array[AnyRef]): AnyRef =
      try method.invoke(cpu, arguments: _*)
      catch { case e: InvocationTargetException => throw e.getCause }
    Proxy
      .newProxyInstance(
        getClass.getClassLoader,
        Array(classOf[Backend]),
        (_, method, arguments) =>
          method.getName match {
            case "name"      => name
            case "memory"    => Long.box(memory)
            case "memoryUse" => new MemoryUse(s"device $gpu", 0, memory)
            case "hashCode"  => Int.box(id)
            case "equals"    => Boolean.box(arguments(0) != null && arguments(0).hashCode == id)
            case "close"     => closed.add(id); call(method, Array())
            case _           => call(method, Option(arguments).getOrElse(Array[AnyRef]()))
          }
      )
      .asInstanceOf[Backend]
  }
}
