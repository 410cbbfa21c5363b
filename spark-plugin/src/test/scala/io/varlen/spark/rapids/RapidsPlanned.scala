package io.varlen.spark.rapids

import io.varlen.spark.sql.VarlenFunctions
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
  def main(arguments: Array[String]): Unit = {
    val spark = SparkSession.builder().getOrCreate()
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
    spark.stop()
  }

  private def planned(query: DataFrame, name: String): Seq[ScalaUDF] = {
    val found = query.queryExecution.optimizedPlan
      .collect { case node => node.expressions }
      .flatten
      .flatMap(_.collect { case udf: ScalaUDF => udf })
    require(found.nonEmpty, s"$name is in the plan as no ScalaUDF: ${query.queryExecution}")
    found
  }

  /** Rows with and without a null, in a batch, beside the row by itself. */
  private def overColumns(udf: ScalaUDF, name: String): Unit = {
    val evaluate = udf.function.getClass.getSuperclass.getDeclaredMethod(
      "evaluateColumnar",
      classOf[GpuColumns],
      classOf[Int],
      classOf[Array[GpuColumn]]
    )
    val ofRow = java(udf.eval(InternalRow.empty), udf.dataType)
    val memory = new StandInColumns
    val columns = udf.children.map { child =>
      val value = java(child.eval(InternalRow.empty), child.dataType)
      ColumnUpload.of(new ColumnBuilder(memory).of(child.dataType, Array(value, null, value)), memory)
    }
    val before = columns.map(_.asInstanceOf[StandInColumn].content)
    val result = evaluate.invoke(udf.function, memory, Int.box(3), columns.toArray).asInstanceOf[GpuColumn]
    val host = new ColumnDownload(memory).of(result, udf.dataType)
    val values = new ColumnValues(host, udf.dataType, null, 1)
    val rows = Seq.tabulate(3)(row => if (host.isNull(row)) null else HostEvaluationSpec.plain(values.of(row)))
    require(rows == Seq(HostEvaluationSpec.plain(ofRow), null, HostEvaluationSpec.plain(ofRow)), s"$name: $rows")
    require(columns.map(_.asInstanceOf[StandInColumn].content) == before, s"$name has changed an argument")
    result.close()
    columns.foreach(_.close())
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
