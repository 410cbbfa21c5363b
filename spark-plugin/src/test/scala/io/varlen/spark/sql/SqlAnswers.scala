package io.varlen.spark.sql

import io.varlen.spark.LocalSpark
import org.apache.spark.sql.Row
import scala.util.Try

/** What queries give, and why they fail. */
object SqlAnswers {
  private val spark = LocalSpark.session

  /** The one value of a query's one row. */
  def value(query: String): Any = spark.sql(query).collect() match {
    case Array(row) if row.size == 1 => row.get(0)
    case rows                        => throw new AssertionError(s"$query gives ${rows.mkString(" | ")}")
  }

  def printed(query: String): String = spark.sql(query).collect().map(row => printed(row.get(0))).mkString("\n")

  /** As `spark-sql` prints a value. */
  private def printed(value: Any, inner: Boolean = false): String = value match {
    case null                         => if (inner) "null" else "NULL"
    case row: Row                     => row.toSeq.map(printed(_, inner = true)).mkString("{", ",", "}")
    case seq: scala.collection.Seq[_] => seq.map(printed(_, inner = true)).mkString("[", ",", "]")
    case text: String if inner        => "\"" + text + "\""
    case other                        => other.toString
  }

  /** The messages of a failure and of its causes. */
  def refusal(query: String): String = {
    val thrown = LocalSpark.quietly(Try(spark.sql(query).collect()).failed.get)
    Iterator.iterate(thrown)(_.getCause).takeWhile(_ != null).map(_.getMessage).mkString(" | ")
  }
}
