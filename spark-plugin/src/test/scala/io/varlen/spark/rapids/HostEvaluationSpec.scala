package io.varlen.spark.rapids

import io.varlen.InvalidInputException
import io.varlen.spark.function.SqlFunction
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.charset.StandardCharsets.UTF_8
import org.apache.spark.sql.types._
import org.scalatest.funspec.AnyFunSpec
import scala.jdk.CollectionConverters._
import scala.util.Random

class HostEvaluationSpec extends AnyFunSpec {
  import HostEvaluationSpec._

  describe("a function of rows over a batch of columns") {
    it("gets and gives every type of a SQL function, nulls included") {
      val seed = System.nanoTime
      val dice = new Random(seed)
      for (round <- 0 until 20; (dataType, one) <- TYPES) withClue(s"seed $seed, round $round, $dataType: ") {
        val values =
          Array.fill[AnyRef](dice.nextInt(70))(if (dice.nextInt(4) == 0) null else one(dice).asInstanceOf[AnyRef])
        val memory = new StandInColumns
        val argument = ColumnUpload.of(new ColumnBuilder(memory).of(dataType, values), memory)
        val result = evaluated(memory, new Echo(dataType), argument)
        assert(plain(result.toSeq) == plain(values.toSeq))
        argument.close()
        assert(memory.leaks.isEmpty)
      }
    }

    it("reads offsets that do not begin with 0, and no null's length") {
      val memory = new StandInColumns
      val column = list(memory, Seq(2, 4, 4, 7), Seq(9, 9, 1, 2, 3, 4, 5, 9), nulls = 0 -> 0x05)
      assert(evaluated(memory, Sum, column).toSeq == Seq(3L, null, 12L))
      column.close()
      assert(memory.leaks.isEmpty)
    }

    it("reads a text's own bytes, valid or not") {
      val memory = new StandInColumns
      val text = new ColumnParts(
        ColumnKind.STRING,
        2,
        0,
        null,
        ints(memory, Seq(1, 3, 4)),
        bytes(memory, Array(65, -1, -2, 66).map(_.toByte)),
        java.util.List.of()
      )
      val column = memory.column(text)
      assert(plain(evaluated(memory, new Echo(DataTypes.StringType), column).toSeq) == Seq(Seq(-1, -2), Seq(66)))
      column.close()
      assert(memory.leaks.isEmpty)
    }

    it("takes a copy of a slice, whose addresses are wrong") {
      val memory = new StandInColumns
      val column = list(memory, Seq(0, 1, 3, 6, 6, 8), Seq(1, 2, 3, 4, 5, 6, 7, 8)).asInstanceOf[StandInColumn]
      val slice = column.slice(2)
      assert(evaluated(memory, Sum, slice).toSeq == Seq(15L, 0L, 15L))
      slice.close()
      column.close()
      assert(memory.leaks.isEmpty)
    }

    it("evaluates no rows, where there are no offsets") {
      val memory = new StandInColumns
      val column = list(memory, Seq(0), Seq())
      assert(column.offsets == null)
      assert(evaluated(memory, Sum, column).isEmpty)
      column.close()
      assert(memory.leaks.isEmpty)
    }

    it("asks for a split where a result has more elements than a column may have") {
      val memory = new StandInColumns
      val large = new Array[Byte](1 << 28)
      val column = list(memory, 0 to 9, Seq.fill(9)(1))
      val failure = intercept[SplitException](evaluated(memory, new Constant(DataTypes.BinaryType, large), column))
      assert(failure.getMessage.contains("2147483648 rows; a column has at most 2147483647"))
      column.close()
      assert(memory.leaks.isEmpty)
    }

    it("says which element is null where a number must be") {
      val memory = new StandInColumns
      val child = new ColumnParts(
        ColumnKind.INT,
        3,
        1,
        bytes(memory, Array[Byte](5) ++ new Array[Byte](63)),
        null,
        ints(memory, Seq(1, 2, 3)),
        java.util.List.of()
      )
      val column = memory.column(
        new ColumnParts(
          ColumnKind.LIST,
          2,
          0,
          null,
          ints(memory, Seq(0, 1, 3)),
          null,
          java.util.Collections.singletonList(child)
        )
      )
      assert(
        intercept[InvalidInputException](evaluated(memory, Sum, column)).getMessage ==
          "sum: element 0 of the array in argument 1 is null; it must be a number"
      )
      column.close()
      assert(memory.leaks.isEmpty)
    }

    it(
      "lets what is thrown for want of memory out as it is, leaves nothing behind, and gives the same when called again"
    ) {
      val failure = new IllegalStateException("to be retried")
      var failed = 0
      for (at <- 1 to 8) {
        val memory = new StandInColumns(4 + at, failure)
        val column = list(memory, Seq(0, 2, 2, 3), Seq(1, 2, 3), nulls = 1 -> 0x05)
        val before = column.asInstanceOf[StandInColumn].content
        val function = new Echo(DataTypes.createArrayType(DataTypes.IntegerType))
        assert(memory.allocations == 3)
        try assert(plain(evaluated(memory, function, column).toSeq) == Seq(Seq(1, 2), null, Seq(3)))
        catch {
          case thrown: IllegalStateException =>
            assert(thrown eq failure)
            failed += 1
            assert(plain(evaluated(memory, function, column).toSeq) == Seq(Seq(1, 2), null, Seq(3)))
        }
        assert(column.asInstanceOf[StandInColumn].content == before)
        column.close()
        assert(memory.leaks.isEmpty, s"allocation $at")
      }
      assert(failed == 2) // of validity, offsets and numbers the first comes too early
    }

    it("leaves nothing behind where a row is wrong") {
      val memory = new StandInColumns
      val column = list(memory, Seq(0, 1), Seq(1))
      assertThrows[InvalidInputException](evaluated(memory, Refuses, column))
      column.close()
      assert(memory.leaks.isEmpty)
    }
  }
}

object HostEvaluationSpec {
  private def text(dice: Random): Array[Byte] = dice.nextString(dice.nextInt(6)).getBytes(UTF_8)
  private val SPAN = new StructType()
    .add("doc_id", DataTypes.StringType)
    .add("count", DataTypes.IntegerType)
    .add("ids", DataTypes.createArrayType(DataTypes.IntegerType))
  private def span(dice: Random): Array[AnyRef] =
    Array(text(dice), Int.box(dice.nextInt()), if (dice.nextBoolean()) null else Array.fill(2)(dice.nextInt()))

  /** A Spark type and a value of it, as functions get and give it. */
  private val TYPES: Seq[(DataType, Random => Any)] = Seq(
    DataTypes.StringType -> text,
    DataTypes.BinaryType -> text,
    DataTypes.IntegerType -> (_.nextInt()),
    DataTypes.LongType -> (_.nextLong()),
    DataTypes.DoubleType -> (_.nextDouble()),
    DataTypes.BooleanType -> (_.nextBoolean()),
    DataTypes.createArrayType(DataTypes.IntegerType) -> (d => Array.fill(d.nextInt(5))(d.nextInt())),
    DataTypes.createArrayType(DataTypes.LongType) -> (d => Array.fill(d.nextInt(5))(d.nextLong())),
    DataTypes.createArrayType(DataTypes.FloatType) -> (d => Array.fill(d.nextInt(5))(d.nextFloat())),
    DataTypes.createArrayType(DataTypes.DoubleType) -> (d => Array.fill(d.nextInt(5))(d.nextDouble())),
    DataTypes.createArrayType(DataTypes.StringType) -> (d =>
      Array.fill(d.nextInt(5))(if (d.nextInt(3) == 0) null else text(d))
    ),
    DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType)) -> (d =>
      Array.fill(d.nextInt(4))(if (d.nextInt(3) == 0) null else Array.fill(d.nextInt(3))(d.nextFloat()))
    ),
    SPAN -> span,
    DataTypes.createArrayType(SPAN) -> (d => Array.fill(d.nextInt(3))(span(d)))
  )

  /** Arrays compare by their elements when they are sequences. */
  def plain(value: Any): Any = value match {
    case array: Array[_]     => array.toSeq.map(plain)
    case values: Iterable[_] => values.toSeq.map(plain)
    case other               => other
  }

  abstract class Function(val name: String, in: DataType, val resultType: DataType) extends SqlFunction {
    override def inputTypes: Array[DataType] = Array(in)
  }
  final class Echo(of: DataType) extends Function("echo", of, of) {
    override def call(arguments: Array[AnyRef]): AnyRef = arguments(0)
  }
  private val INTS = DataTypes.createArrayType(DataTypes.IntegerType)
  object Sum extends Function("sum", INTS, DataTypes.LongType) {
    override def call(arguments: Array[AnyRef]): AnyRef =
      Long.box(arguments(0).asInstanceOf[Array[Int]].map(_.toLong).sum)
  }
  final class Constant(of: DataType, value: AnyRef) extends Function("constant", INTS, of) {
    override def call(arguments: Array[AnyRef]): AnyRef = value
  }
  object Refuses extends Function("refuses", INTS, DataTypes.LongType) {
    override def call(arguments: Array[AnyRef]): AnyRef = throw new InvalidInputException("not this")
  }

  def bytes(memory: GpuColumns, content: Array[Byte]): GpuBuffer = {
    val buffer = memory.allocate(content.length)
    buffer.write(0, ByteBuffer.wrap(content))
    buffer
  }

  def ints(memory: GpuColumns, numbers: Seq[Int]): GpuBuffer = {
    val content = ByteBuffer.allocate(4 * numbers.length).order(ByteOrder.nativeOrder)
    numbers.foreach(content.putInt)
    bytes(memory, content.array)
  }

  /** Lists of ints. @param nulls how many, and the first byte of validity */
  def list(memory: GpuColumns, offsets: Seq[Int], numbers: Seq[Int], nulls: (Int, Int) = (0, 0)): GpuColumn = {
    val validity =
      if (nulls._2 == 0) null else bytes(memory, Array(nulls._2.toByte) ++ new Array[Byte](63))
    memory.column(
      new ColumnParts(
        ColumnKind.LIST,
        offsets.length - 1,
        nulls._1,
        validity,
        ints(memory, offsets),
        null,
        java.util.Collections.singletonList(ColumnParts.of(ColumnKind.INT, numbers.length, ints(memory, numbers)))
      )
    )
  }

  /** The result's rows, checked and given back; the arguments are as they were. */
  def evaluated(memory: StandInColumns, function: SqlFunction, arguments: GpuColumn*): Array[AnyRef] = {
    val before = arguments.map(_.asInstanceOf[StandInColumn].content)
    val open = memory.leaks.size
    val result =
      try
        new HostEvaluation(function, function.inputTypes)
          .evaluate(memory, arguments.head.rows, arguments: _*)
      catch {
        case e: Throwable =>
          assert(memory.leaks.size == open, "left behind")
          throw e
      }
    assert(arguments.map(_.asInstanceOf[StandInColumn].content) == before)
    rows(memory, function.resultType, result, function)
  }

  /** A column's rows, which is then closed. */
  def rows(memory: GpuColumns, of: DataType, column: GpuColumn, function: SqlFunction): Array[AnyRef] = {
    val host = new ColumnDownload(memory).of(column, of)
    val values = new ColumnValues(host, of, function, 1)
    val all = Array.tabulate(column.rows)(i => if (host.isNull(i)) null else values.of(i))
    column.close()
    all
  }
}
