package io.varlen.jobs.bench

import io.varlen.attention.{Attention, Backend, Backends, DeviceComparison, OutOfDeviceMemoryException, Tensor}
import io.varlen.spark.job.JobProgress
import java.lang.reflect.{InvocationTargetException, Method, Proxy}
import java.util.{List => JList}
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

/** What `bench attention` measures is what it says. */
class BenchSpec extends AnyFunSpec {
  private val shape = new DecoderShape(24, 3, 1, 8, 32, 2, 50)

  private def withBackend[T](body: Backend => T): T = Using.resource(Backends.open("cpu", 2))(body)

  /** A backend that does something else to one operation. */
  private def tampered(backend: Backend)(change: PartialFunction[(Method, Array[AnyRef]), Unit]): Backend =
    Proxy
      .newProxyInstance(
        getClass.getClassLoader,
        Array(classOf[Backend]),
        (_, method, args) =>
          try {
            val result = method.invoke(backend, args: _*)
            change.applyOrElse((method, args), (_: (Method, Array[AnyRef])) => ())
            result
          } catch { case e: InvocationTargetException => throw e.getCause }
      )
      .asInstanceOf[Backend]

  private def documents(lengths: Int*) = BenchmarkDocuments.ofLengths(lengths.map(Int.box).asJava, 64, 50, 3)

  private def layouts(backend: Backend, all: BenchmarkDocuments, rounds: Int = 1) =
    Using.resource(new RandomDecoder(shape, 64, 5, backend)) { decoder =>
      new LayoutExperiment(decoder, backend, all, rounds, 7, JobProgress.NONE)
        .run()
        .asScala
        .map(r => r.layout -> r)
        .toMap
    }

  describe("documents") {
    it("have log-normal lengths within a row, the tokens asked for, and no id of padding (random seeds)") {
      val seed = Random.nextLong()
      info(s"seed $seed")
      val all = BenchmarkDocuments.logNormal(450, 2_000_000, 2048, 100, seed)
      val lengths = all.ids.asScala.map(_.length).sorted
      assert(all.tokens >= 2_000_000 && all.tokens < 2_000_000 + 2048 && all.tokens == lengths.sum)
      assert(lengths.head >= 1 && lengths.last == 2048)
      assert(math.abs(lengths(lengths.size / 2) - 450) < 60)
      assert(math.abs(math.log(lengths((lengths.size * 0.8413).toInt) / 450.0) - 1.1) < 0.2)
      assert(all.ids.asScala.forall(_.forall(id => id >= 1 && id < 100)))
      val again = BenchmarkDocuments.logNormal(450, 2_000_000, 2048, 100, seed)
      assert(again.ids.asScala.map(_.toSeq) == all.ids.asScala.map(_.toSeq))
    }
  }

  describe("a batch") {
    it("finds every token in its slot, and every slot's token (random lengths)") {
      val seed = Random.nextLong()
      info(s"seed $seed")
      val random = new Random(seed)
      for (_ <- 1 to 200) {
        val all = documents(Seq.fill(1 + random.nextInt(6))(1 + random.nextInt(9)): _*)
        val order = random.shuffle((0 until all.count).toList).map(Int.box).asJava
        for (batch <- Seq(LayoutBatch.padded(all, order), LayoutBatch.packed(all, order))) {
          val texts = order.asScala.map(all.ids.get(_).toSeq)
          assert(batch.indices.map(batch.ids()(_)).toSeq == texts.flatten)
          val taken = batch.indices.toSet
          assert(taken.size == all.tokens)
          for (slot <- batch.ids.indices) {
            if (taken(slot)) assert(batch.indices()(batch.tokenOfSlot()(slot)) == slot)
            else assert(batch.ids()(slot) == 0)
          }
        }
      }
    }
  }

  describe("layouts") {
    val lengths = Seq(1, 40, 3, 64, 20, 7, 7, 30, 50, 2, 64)

    it("give the same hidden states, and cost what their padding says") {
      withBackend { backend =>
        val all = documents(lengths: _*)
        val results = layouts(backend, all)
        assert(results.size == Layout.values.length)
        assert(results.values.forall(r => r.difference >= 0 && r.difference <= LayoutExperiment.TOLERANCE))
        assert(
          results.values.forall(r => r.seconds > 0 && math.abs(r.tokensPerSecond * r.seconds / all.tokens - 1) < 1e-9)
        )
        def pairs(n: Long) = n * (n + 1) / 2
        for (layout <- Seq(Layout.UNPAD_ONCE, Layout.PACKED)) {
          assert(results(layout).paddingShare == 0)
          assert(results(layout).pairs == lengths.map(n => pairs(n)).sum)
        }
        val sorted = lengths.sorted
        val slots = 8 * sorted(7) + 3 * sorted(10) // in batches of 8, and what is left
        assert(math.abs(results(Layout.PADDED_BY_LENGTH).paddingShare - (1 - all.tokens / slots.toDouble)) < 1e-9)
        assert(results(Layout.PADDED_BY_LENGTH).pairs == 8 * pairs(sorted(7)) + 3 * pairs(sorted(10)))
        assert(results(Layout.UNPAD_EVERY_LAYER).paddingShare == results(Layout.PADDED_RANDOM).paddingShare)
        assert(results(Layout.UNPAD_EVERY_LAYER).pairs == results(Layout.PACKED).pairs)
        assert(results(Layout.UNPAD_EVERY_LAYER).peakBytes > results(Layout.PADDED_RANDOM).peakBytes)
        assert(results(Layout.PACKED).peakBytes < results(Layout.UNPAD_ONCE).peakBytes)
      }
    }

    it("are refused where one of them gives other hidden states, be it in one element") {
      withBackend { backend =>
        var calls = 0
        val wrong = tampered(backend) {
          case (method, Array(call: Attention)) if method.getName == "attention" =>
            calls += 1
            if (calls > 12) { // in a later layout than the first
              val o = call.o.tensor
              val elements = o.toArray
              elements(elements.length - 1) += 3
              val changed = backend.tensor(elements, o.rows, o.columns)
              backend.gather(changed, (0 until o.rows).toArray, o)
            }
        }
        val thrown = intercept[IllegalStateException](layouts(wrong, documents(lengths: _*)))
        assert(thrown.getMessage.contains("hidden states of the layout") && calls > 12)
        val nan = tampered(backend) {
          case (method, Array(x: Tensor, _, y: Tensor)) if method.getName == "linear" && x.columns == 24 =>
            backend.gather(backend.tensor(Array.fill(y.columns)(Float.NaN), 1, y.columns), new Array[Int](y.rows), y)
        }
        assertThrows[IllegalStateException](layouts(nan, documents(lengths: _*)))
      }
    }
  }

  describe("standard attention") {
    it("is attention (random shapes, in double precision)") {
      val seed = Random.nextLong()
      info(s"seed $seed")
      val random = new Random(seed)
      for (_ <- 1 to 30) {
        val (batch, length, heads, dim) =
          (1 + random.nextInt(3), 1 + random.nextInt(700), 1 + random.nextInt(3), 1 + random.nextInt(17))
        val problem = AttentionProblem.random(batch, length, heads, dim, random.nextLong())
        Using.resource(new StandardAttention(batch, length, heads, dim, 1 + random.nextInt(3))) { standard =>
          val o = new Array[Float](problem.q.length)
          for (_ <- 1 to 2) { // the second time in memory that has been used
            java.util.Arrays.fill(o, Float.NaN)
            standard.run(problem.q, problem.k, problem.v, o)
            for (_ <- 1 to 20) {
              val (b, h, t, d) =
                (random.nextInt(batch), random.nextInt(heads), random.nextInt(length), random.nextInt(dim))
              def at(token: Int) = (b * length + token) * heads * dim + h * dim
              val scores = (0 until length).map { key =>
                (0 until dim).map(i => problem.q()(at(t) + i).toDouble * problem.k()(at(key) + i)).sum / math.sqrt(dim)
              }
              val weights = scores.map(s => math.exp(s - scores.max))
              val expected = weights.indices.map(key => weights(key) * problem.v()(at(key) + d)).sum / weights.sum
              assert(math.abs(o(at(t) + d) - expected) < 1e-5 * math.sqrt(3), (batch, length, heads, dim))
            }
          }
        }
      }
    }
  }

  describe("tiling") {
    val small = new TilingExperiment.Setting(JList.of(96, 200), 2, 8, 2, 3, 200)
    def run(setting: TilingExperiment.Setting, backend: () => Backend) =
      new TilingExperiment(setting, () => backend(), 2, 1, 1, JobProgress.NONE).run().asScala

    it("measures both ways, and the memory of all scores beside that of a tile") {
      val results = run(small, () => Backends.open("cpu", 2))
      assert(results.map(r => (r.length, r.batch)) == Seq((96, 2), (200, 1)))
      for (r <- results) {
        val scores = StandardAttention.scoreBytes(r.batch, r.length, 2)
        assert(scores == 4L * r.batch * 2 * r.length * r.length)
        assert(r.standard.reason == null && r.standard.seconds > 0 && r.tiled.seconds > 0)
        assert(r.standard.bytes >= scores && r.standard.bytes < scores + 2_000_000)
        assert(r.tiled.bytes > 0 && r.tiled.bytes < 20_000_000)
      }
    }

    it(
      "has its opponent and its memory on the device where the backend is on one, and leaves out what does not fit there"
    ) {
      val room = DeviceComparison.scoreBytes(2, 96, 2)
      var calls = 0
      def onDevice(): Backend = {
        val backend = Backends.open("cpu", 2)
        val comparison = new DeviceComparison {
          override def standardAttention(call: Attention): Unit = {
            val sequences = call.mask.queries
            val bytes = DeviceComparison.scoreBytes(sequences.count, sequences.maxLength, call.q.count)
            if (bytes > room) throw new OutOfDeviceMemoryException("no room for it")
            calls += 1
            backend.attention(call)
          }
          override def peakBytes(work: Runnable): Long = {
            val before = calls
            work.run()
            if (calls > before) 77 else 7
          }
        }
        Proxy
          .newProxyInstance(
            getClass.getClassLoader,
            Array(classOf[Backend]),
            (_, method, args) =>
              if (method.getName == "comparison") java.util.Optional.of(comparison)
              else method.invoke(backend, args: _*)
          )
          .asInstanceOf[Backend]
      }
      val results = run(small, () => onDevice())
      assert(results.forall(r => r.tiled.bytes == 7 && r.tiled.seconds > 0))
      assert(results.head.standard.bytes == 77 && results.head.standard.seconds > 0)
      assert(results(1).standard.reason == "0.0 GB of scores; no room for it")
      assert(calls >= 2 * (2 + 2 + 1)) // warm-up and measurement: tried, memory, output, two layers
      val peaks = Using.resource(onDevice())(layouts(_, documents(5, 9, 3)))
      assert(peaks.values.forall(_.peakBytes == 7))
    }

    it("leaves out what does not fit the memory, and says so") {
      val length = math.sqrt(Runtime.getRuntime.maxMemory / 4.0).toInt
      assert(TilingExperiment.tooLarge(4L * length * length).isPresent)
      assert(
        TilingExperiment
          .tooLarge(4L * length * length)
          .get
          .matches("[0-9.]+ GB of scores, [0-9.]+ GB of (heap|memory) free")
      )
      assert(!TilingExperiment.tooLarge(1 << 20).isPresent)
    }

    it("is refused where the two ways differ") {
      def wrong() = {
        val backend = Backends.open("cpu", 2)
        tampered(backend) {
          case (method, Array(call: Attention)) if method.getName == "attention" =>
            backend.gather(call.v.tensor, new Array[Int](call.o.tokens), call.o.tensor)
        }
      }
      assert(intercept[IllegalStateException](run(small, () => wrong())).getMessage.contains("differ by"))
    }

    it("has batches of 32 sequences down to one") {
      val record = TilingExperiment.Setting.ofRecord
      assert(record.lengths.asScala.map(l => record.batch(l)) == Seq(32, 32, 16, 8, 4, 2, 1))
      assert(record.heads * record.headDim == 512 && record.layers == 6)
    }
  }

  describe("a meter of allocations") {
    it("counts the work's own thread and those that it starts, and nothing else") {
      val pool = java.util.concurrent.Executors.newFixedThreadPool(2)
      @volatile var keep: Array[Byte] = null
      val noise = new Thread(() => while (!Thread.interrupted()) keep = new Array[Byte](1 << 16))
      noise.start()
      try {
        val bytes = AllocationMeter.bytes { () =>
          keep = new Array[Byte](10_000_000)
          pool.submit((() => keep = new Array[Byte](5_000_000)): Runnable).get()
        }
        assert(bytes >= 15_000_000 && bytes < 16_000_000)
        assertThrows[IllegalStateException](AllocationMeter.bytes(() => throw new RuntimeException("no")))
      } finally {
        noise.interrupt()
        pool.shutdown()
      }
    }
  }

  it("a ledger knows the most bytes at the same time") {
    withBackend { backend =>
      val ledger = new TensorLedger(backend)
      Using.resource(ledger.open()) { outer =>
        outer.tensor(10, 3)
        Using.resource(outer.inner())(_.tensor(5, 4))
        assert(ledger.peakBytes == 4 * (30 + 20))
        outer.tensor(1, 1)
        assert(ledger.peakBytes == 4 * 50)
        Using.resource(outer.inner())(_.tensor(7, 3))
      }
      assert(ledger.peakBytes == 4 * (31 + 21))
      Using.resource(ledger.open())(_.tensor(50, 1))
      assert(ledger.peakBytes == 4 * (31 + 21))
    }
  }

  it("a median is the middle, or the mean of the middle two") {
    def median(values: Double*) = Median.of(values.map(Double.box).asJava)
    assert(median(3, 1, 2) == 2 && median(5) == 5 && median(4, 1, 2, 3) == 2.5)
  }

  it("a table is Markdown and CSV") {
    val table = new ResultTable("way", "figure")
    table.add("a, \"b\"", "1")
    table.add("c", "23")
    assert(table.markdown == "| way    | figure |\n|--------|-------:|\n| a, \"b\" |      1 |\n| c      |     23 |\n")
    assert(table.csv == "way,figure\n\"a, \"\"b\"\"\",1\nc,23\n")
  }
}
