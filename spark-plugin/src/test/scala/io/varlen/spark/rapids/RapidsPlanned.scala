package io.varlen.spark.rapids

import io.varlen.spark.sql.VarlenFunctions
import java.lang.reflect.InvocationTargetException
import org.apache.spark.scheduler.{SparkListener, SparkListenerStageCompleted}
import org.apache.spark.sql.{DataFrame, SparkSession}
import org.apache.spark.sql.catalyst.InternalRow
import org.apache.spark.sql.catalyst.expressions.ScalaUDF
import org.apache.spark.sql.catalyst.util.ArrayData
import org.apache.spark.sql.types._
import org.apache.spark.unsafe.types.UTF8String
import scala.jdk.CollectionConverters._

/** Run through spark-submit with RAPIDS in explainOnly mode (`.ci/full rapids`): has each example of each SQL function
  * planned and computed, row by row, and evaluates what is in the plan over columns in the host's memory. Prints a line
  * per function for the tier, which looks for it in what RAPIDS has to say.
  */
object RapidsPlanned {
  private val SHORT = Seq("GpuRetryOOM", "GpuSplitAndRetryOOM").map("com.nvidia.spark.rapids.jni." + _)

  def main(arguments: Array[String]): Unit = {
    val spark = SparkSession.builder().getOrCreate()
    val counted = new Counted
    spark.sparkContext.addSparkListener(counted)
    for (function <- VarlenFunctions.all().asScala) {
      require(!function.examples.isEmpty, s"${function.name} has no example")
      val calls = function.examples.asScala.flatMap { example =>
        val text = example.query.replace("_FUNC_", function.name)
        val query = spark.sql(if (text.contains(" FROM ")) text else s"$text FROM range(2)")
        require(query.collect().nonEmpty)
        planned(query, function.name)
      }
      val known = calls.filter(_.children.forall(_.foldable)) // of the others the arguments are computed by others
      require(known.nonEmpty, s"${function.name} has no example of which the arguments are known")
      known.foreach(overColumns(_, function.name))
      println(s"function ${function.name} examples ${function.examples.size} over columns ${known.size}")
    }
    spark.stop() // the listener has heard all then
    require(counted.tokens > 0, "no stage shows what our functions count")
  }

  /** The tokens that Spark's web page shows with stages. */
  private final class Counted extends SparkListener {
    @volatile var tokens = 0L

    override def onStageCompleted(stage: SparkListenerStageCompleted): Unit =
      for (shown <- stage.stageInfo.accumulables.values if shown.name.exists(_.startsWith("varlen tokens")))
        tokens += shown.value.fold(0L)(_.toString.toLong)
  }

  private def planned(query: DataFrame, name: String): Seq[ScalaUDF] = {
    val found = query.queryExecution.optimizedPlan
      .collect { case node => node.expressions }
      .flatten
      .flatMap(_.collect { case udf: ScalaUDF => udf })
    require(found.nonEmpty, s"$name is in the plan as no ScalaUDF: ${query.queryExecution}")
    found
  }

  /** Rows with and without a null, in a batch, beside the row by itself; also where memory is short at first. */
  private def overColumns(udf: ScalaUDF, name: String): Unit = {
    val value = HostEvaluationSpec.plain(java(udf.eval(InternalRow.empty), udf.dataType))
    val memory = new StandInColumns
    val arguments = columns(udf, memory)
    val ofArguments = memory.allocations
    require(evaluated(udf, memory, arguments) == Seq(value, null, value), s"$name differs over columns")
    val failures = SHORT.flatMap(kind => (ofArguments + 1 to memory.allocations).map(kind -> _))
    require(failures.nonEmpty, s"$name takes no memory")
    giveBack(memory, arguments, name)
    for ((kind, at) <- failures) retried(udf, kind, at, Seq(value, null, value), name)
  }

  /** What RMM throws goes out as it is, so that RAPIDS knows it; it then comes again with the same columns. */
  private def retried(udf: ScalaUDF, kind: String, at: Int, expected: Seq[Any], name: String): Unit = {
    val failure =
      Class.forName(kind).getConstructor(classOf[String]).newInstance("injected").asInstanceOf[RuntimeException]
    val memory = new StandInColumns(at, failure)
    val arguments = columns(udf, memory)
    val open = memory.leaks.size
    val thrown =
      try {
        evaluated(udf, memory, arguments)
        null
      } catch { case e: RuntimeException => e }
    require(thrown eq failure, s"$name throws $thrown for $kind in allocation $at")
    require(memory.leaks.size == open, s"$name leaves memory behind after $kind in allocation $at")
    require(evaluated(udf, memory, arguments) == expected, s"$name differs when it is tried again")
    giveBack(memory, arguments, name)
  }

  private def columns(udf: ScalaUDF, memory: StandInColumns): Seq[GpuColumn] = udf.children.map { child =>
    val value = java(child.eval(InternalRow.empty), child.dataType)
    ColumnUpload.of(new ColumnBuilder(memory).of(child.dataType, Array(value, null, value)), memory)
  }

  private def evaluated(udf: ScalaUDF, memory: StandInColumns, arguments: Seq[GpuColumn]): Seq[Any] = {
    val evaluate = udf.function.getClass.getSuperclass.getDeclaredMethod(
      "evaluateColumnar",
      classOf[GpuColumns],
      classOf[Int],
      classOf[Array[GpuColumn]]
    )
    val before = arguments.map(_.asInstanceOf[StandInColumn].content)
    val result =
      try evaluate.invoke(udf.function, memory, Int.box(3), arguments.toArray).asInstanceOf[GpuColumn]
      catch { case e: InvocationTargetException => throw e.getCause }
      finally require(arguments.map(_.asInstanceOf[StandInColumn].content) == before, "an argument is changed")
    HostEvaluationSpec.rows(memory, udf.dataType, result, null).toSeq.map {
      case null => null
      case row  => HostEvaluationSpec.plain(row)
    }
  }

  private def giveBack(memory: StandInColumns, arguments: Seq[GpuColumn], name: String): Unit = {
    arguments.foreach(_.close())
    require(memory.leaks.isEmpty, s"$name leaves behind ${memory.leaks}")
  }

  /** Catalyst's value as functions take and give it. */
  private def java(value: Any, of: DataType): AnyRef = (value, of) match {
    case (null, _)                         => null
    case (text: UTF8String, _)             => text.getBytes
    case (bytes: Array[Byte], _)           => bytes
    case (row: InternalRow, s: StructType) =>
      Array.tabulate[AnyRef](s.size)(i => if (row.isNullAt(i)) null else java(row.get(i, s(i).dataType), s(i).dataType))
    case (array: ArrayData, ArrayType(IntegerType, _)) => array.toIntArray()
    case (array: ArrayData, ArrayType(LongType, _))    => array.toLongArray()
    case (array: ArrayData, ArrayType(FloatType, _))   => array.toFloatArray()
    case (array: ArrayData, ArrayType(DoubleType, _))  => array.toDoubleArray()
    case (array: ArrayData, ArrayType(element, _))     =>
      Array.tabulate[AnyRef](array.numElements())(i => java(array.get(i, element), element))
    case (other, _) => other.asInstanceOf[AnyRef]
  }
}
