package io.varlen.spark.frame

import io.varlen.InvalidInputException
import io.varlen.spark.{Folders, LocalSpark}
import org.apache.spark.sql.{DataFrame, Row}
import org.apache.spark.sql.types.{StringType, StructType}

import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Documents, in DataFrames and in files. */
object Documents {
  private val words = "cat dog house été 数学 ß running under over the a of and token".split(" ")

  val schema: StructType = new StructType().add("id", StringType).add("text", StringType)

  /** Texts of 0 to `most` words. */
  def random(count: Int, most: Int, random: Random): Seq[(String, String)] =
    (0 until count).map(i =>
      (s"d$i", Seq.fill(random.nextInt(most + 1))(words(random.nextInt(words.length))).mkString(" "))
    )

  def frame(documents: Seq[(String, String)], partitions: Int = 3): DataFrame = {
    val rows = documents.map { case (id, text) => Row(id, text) }
    LocalSpark.session.createDataFrame(LocalSpark.context.parallelize(rows.asJava, partitions), schema)
  }

  def jsonl(documents: Seq[(String, String)]): Path = {
    val lines = documents.map { case (id, text) => s"""{"id":"$id","text":"$text"}\n""" }
    Files.write(Folders.create("input").resolve("documents.jsonl"), lines.mkString.getBytes(UTF_8))
  }

  /** The message of the refusal that is in `e`, or in what caused it. */
  def refusal(body: => Any): String = {
    def in(e: Throwable): Option[String] = e match {
      case null                           => None
      case refused: InvalidInputException => Some(refused.getMessage)
      case other                          => in(other.getCause)
    }
    val failed = scala.util.Try(body).failed.getOrElse(throw new AssertionError("nothing was refused"))
    in(failed)
      .orElse("InvalidInputException: ([^\n]*)".r.findFirstMatchIn(String.valueOf(failed.getMessage)).map(_.group(1)))
      .getOrElse(throw new AssertionError("refused in other words", failed))
  }
}
