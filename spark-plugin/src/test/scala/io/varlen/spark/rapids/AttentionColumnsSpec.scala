package io.varlen.spark.rapids

import com.sun.jna.Pointer
import io.varlen.attention.{Attention, Backend, Backends, Heads, Tensor}
import io.varlen.spark.sql.Attend
import java.lang.reflect.{InvocationTargetException, Proxy}
import java.nio.{ByteBuffer, ByteOrder}
import java.util.function.Supplier
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

class AttentionColumnsSpec extends AnyFunSpec with BeforeAndAfterAll {
  import AttentionColumnsSpec._

  private val cpu = Backends.open("cpu", 1)
  private val addressed = new AddressedBackend(cpu)
  private val function = new Attend(4, 2, "causal", null, 0, "cpu", false)

  override protected def afterAll(): Unit = cpu.close()

  private def overColumns(memory: GpuColumns, columns: Seq[GpuColumn], of: Attend = function): Seq[AnyRef] = {
    val onHost = new HostEvaluation(of, of.inputTypes)
    val columnar = new AttentionColumns(of, (() => addressed.backend): Supplier[Backend], onHost)
    HostEvaluationSpec
      .rows(memory, of.resultType, columnar.evaluate(memory, columns.head.rows, columns: _*), of)
      .toSeq
  }

  private def rowByRow(memory: GpuColumns, columns: Seq[GpuColumn], of: Attend = function): Seq[AnyRef] =
    HostEvaluationSpec
      .rows(
        memory,
        of.resultType,
        new HostEvaluation(of, of.inputTypes).evaluate(memory, columns.head.rows, columns: _*),
        of
      )
      .toSeq

  describe("attention over columns") {
    it("is one call over the columns' own memory, and gives what rows give") {
      val seed = System.nanoTime
      val dice = new Random(seed)
      for (round <- 0 until 30) withClue(s"seed $seed, round $round: ") {
        val memory = new StandInColumns
        val batch =
          Batch.random(dice, rows = 1 + dice.nextInt(6), nulls = dice.nextBoolean(), gap = 4 * dice.nextInt(3))
        val columns = batch.columns(memory)
        val before = columns.map(_.asInstanceOf[StandInColumn].content)
        val expected = HostEvaluationSpec.plain(rowByRow(memory, columns))
        addressed.reset()
        assert(HostEvaluationSpec.plain(overColumns(memory, columns)) == expected)
        if (batch.hasTokens) {
          assert(addressed.calls == 1)
          assert(addressed.forgotten == 1)
          val data = columns.take(3).map { c =>
            val child = c.child(0)
            try child.data.address + batch.gap * 4L
            finally child.close()
          }
          assert(addressed.inputs == data)
        }
        assert(columns.map(_.asInstanceOf[StandInColumn].content) == before)
        columns.foreach(_.close())
        assert(memory.leaks.isEmpty)
      }
    }

    it("takes the host's way where rows do not lie end to end in 16-byte steps") {
      val memory = new StandInColumns
      val columns = Batch.random(new Random(1), rows = 3, nulls = false, gap = 3).columns(memory)
      addressed.reset()
      assert(
        HostEvaluationSpec.plain(overColumns(memory, columns)) == HostEvaluationSpec.plain(rowByRow(memory, columns))
      )
      assert(addressed.calls == 0)
      columns.foreach(_.close())
      assert(memory.leaks.isEmpty)
    }

    it("says what a row says of shapes that do not fit") {
      val memory = new StandInColumns
      val batch = Batch.random(new Random(2), rows = 2, nulls = false, gap = 0)
      val columns = batch.copy(cu = batch.cu.updated(1, batch.cu(1) :+ 99)).columns(memory)
      val byRow = intercept[RuntimeException](rowByRow(memory, columns)).getMessage
      assert(intercept[RuntimeException](overColumns(memory, columns)).getMessage == byRow)
      columns.foreach(_.close())
      assert(memory.leaks.isEmpty)
    }

    it("evaluates no rows") {
      val memory = new StandInColumns
      val columns = Batch(Seq(), Seq(), Seq(), Seq(), Set(), 0).columns(memory)
      assert(overColumns(memory, columns).isEmpty)
      columns.foreach(_.close())
      assert(memory.leaks.isEmpty)
    }

    it(
      "lets what is thrown for want of memory out as it is, leaves nothing behind, and gives the same when called again"
    ) {
      val failure = new IllegalStateException("to be retried")
      val batch = Batch.random(new Random(3), rows = 4, nulls = true, gap = 0)
      val plainMemory = new StandInColumns
      val taken = batch.columns(plainMemory)
      val first = plainMemory.allocations
      val expected = HostEvaluationSpec.plain(overColumns(plainMemory, taken))
      taken.foreach(_.close())
      for (at <- first + 1 to first + 3) { // the output, its offsets, its validity
        val memory = new StandInColumns(at, failure)
        val columns = batch.columns(memory)
        val open = memory.leaks.size
        assert(intercept[IllegalStateException](overColumns(memory, columns)) eq failure)
        assert(memory.leaks.size == open)
        assert(HostEvaluationSpec.plain(overColumns(memory, columns)) == expected)
        columns.foreach(_.close())
        assert(memory.leaks.isEmpty)
      }
    }
  }
}

object AttentionColumnsSpec {
  private val DIM = 4

  /** Rows of q, k, v and cu_seqlens. @param gap elements before the first row's, which belong to nobody */
  case class Batch(
      q: Seq[Array[Float]],
      k: Seq[Array[Float]],
      v: Seq[Array[Float]],
      cu: Seq[Array[Int]],
      nulls: Set[Int],
      gap: Int
  ) {
    def hasTokens: Boolean = q.exists(_.nonEmpty)

    def columns(memory: GpuColumns): Seq[GpuColumn] =
      Seq(q, k, v).map(list(memory, ColumnKind.FLOAT, _, gap)) :+ list(memory, ColumnKind.INT, cu, 0)

    private def list(memory: GpuColumns, kind: ColumnKind, rows: Seq[Any], gap: Int): GpuColumn = {
      val lengths = rows.map { case a: Array[Float] => a.length; case a: Array[Int] => a.length; case _ => 0 }
      val offsets = lengths.scanLeft(gap)(_ + _)
      val bytes = ByteBuffer.allocate(4 * offsets.last).order(ByteOrder.nativeOrder).position(4 * gap)
      rows.foreach { case a: Array[Float] => a.foreach(bytes.putFloat); case a: Array[Int] => a.foreach(bytes.putInt) }
      val validity =
        if (nulls.isEmpty) null
        else {
          val bits = new Array[Byte](64)
          rows.indices.filterNot(nulls).foreach(i => bits(i / 8) = (bits(i / 8) | 1 << i % 8).toByte)
          HostEvaluationSpec.bytes(memory, bits)
        }
      memory.column(
        new ColumnParts(
          ColumnKind.LIST,
          rows.length,
          nulls.size,
          validity,
          HostEvaluationSpec.ints(memory, offsets),
          null,
          java.util.Collections.singletonList(
            ColumnParts.of(kind, offsets.last, HostEvaluationSpec.bytes(memory, bytes.array))
          )
        )
      )
    }
  }

  object Batch {
    def random(dice: Random, rows: Int, nulls: Boolean, gap: Int): Batch = {
      val none = if (nulls) (0 until rows).filter(_ => dice.nextInt(3) == 0).toSet + 0 else Set[Int]()
      val cu = Seq.tabulate(rows)(row =>
        if (none(row)) Array[Int]() else Array.fill(dice.nextInt(4))(dice.nextInt(6)).scanLeft(0)(_ + _)
      )
      def floats(heads: Int) =
        cu.map(c => Array.fill(c.lastOption.getOrElse(0) * heads * DIM)(dice.nextFloat()))
      Batch(floats(4), floats(2), floats(2), cu, none, gap)
    }
  }

  /** A processor that stands in for a device: what is at an address is copied before a call, and its result behind it.
    */
  final class AddressedBackend(cpu: Backend) {
    var calls = 0
    var forgotten = 0
    var inputs = Seq[Long]()

    private final class At(val address: Long, val rows: Int, val columns: Int) extends Tensor {
      override def bytes: Long = 4L * rows * columns
      override def toArray: Array[Float] = new Pointer(address).getFloatArray(0, rows * columns)
      override def close(): Unit = ()
    }

    private def attend(call: Attention): Unit = {
      calls += 1
      inputs = Seq(call.q, call.k, call.v).map(_.tensor.asInstanceOf[At].address)
      def on(heads: Heads) =
        new Heads(cpu.tensor(heads.tensor.toArray, heads.tensor.rows, heads.tensor.columns), 0, heads.count, heads.dim)
      val out = call.o.tensor.asInstanceOf[At]
      val o = cpu.tensor(out.rows, out.columns)
      cpu.attention(
        new Attention(
          on(call.q),
          on(call.k),
          on(call.v),
          call.mask,
          call.options,
          new Heads(o, 0, call.o.count, call.o.dim),
          null
        )
      )
      new Pointer(out.address).write(0, o.toArray, 0, out.rows * out.columns)
    }

    def reset(): Unit = {
      calls = 0
      forgotten = 0
    }

    val backend: Backend = Proxy
      .newProxyInstance(
        classOf[Backend].getClassLoader,
        Array(classOf[Backend]),
        (_, method, arguments) =>
          (method.getName, Option(arguments).map(_.toSeq).getOrElse(Seq())) match {
            case ("isHosted", _)                                                           => Boolean.box(true)
            case ("tensor", Seq(address: java.lang.Long, rows: Integer, columns: Integer)) =>
              new At(address, rows, columns)
            case ("attention", Seq(call: Attention)) => attend(call); null
            case ("forget", _)                       => forgotten += 1; null
            case _                                   =>
              try method.invoke(cpu, arguments: _*)
              catch { case e: InvocationTargetException => throw e.getCause }
          }
      )
      .asInstanceOf[Backend]
  }
}
