package io.varlen.jobs

import io.varlen.jobs.chart.{Chart, Charts, NoPngException}
import io.varlen.spark.engine.ModelReference
import io.varlen.spark.input.{InputFormat, InputOptions}
import io.varlen.spark.job.{AttendOptions, DocumentOptions}
import io.varlen.spark.statistics.{HeadSums, HeadTable}
import org.scalatest.funspec.AnyFunSpec

import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._

class HeadHeatMapsSpec extends AnyFunSpec {
  private val options = new AttendOptions(
    new DocumentOptions(
      new InputOptions(Seq("i").asJava, InputFormat.TEXT),
      ModelReference.of(ModelReference.BUILTIN, null),
      "o"
    )
  )

  /** Two layers of three heads; the sums over four queries are 0, 4, 8, …, so that the means are 0, 1, 2, … */
  private val sums = {
    val values = (0 until 36).map(i => s""""${4 * i}"""").mkString(",")
    HeadSums.ofJson(
      s"""{"layers":2,"heads":3,"rows":1,"documents":2,"queries":4,"sums":[$values],"backends":["cpu"]}"""
    )
  }

  private def draw(table: HeadTable, png: HeadHeatMaps.Png): (Map[String, Array[Byte]], Seq[String]) = {
    val notes = ArrayBuffer.empty[String]
    (new HeadHeatMaps(options, png).draw(table, line => notes += line).asScala.toMap, notes.toSeq)
  }

  it("a heat map per statistic, of which each cell is a head's mean") {
    val (files, notes) = draw(new HeadTable(sums, true), chart => Charts.png(chart))
    assert(files.size == 12 && files.keys.forall(_.startsWith("_")) && notes.isEmpty)
    val svg = new String(files("_max_logit.svg"), "UTF-8")
    for (head <- 0 until 6) // the fifth of six statistics
      assert(svg.contains(s"layer ${head / 3}, head ${head % 3}: ${6 * head + 4}"), svg)
    assert(svg.contains("builtin:all-minilm-l6-v2, mean over 4 queries of 1 rows"))
  }

  it("none of what has no value") {
    val (files, _) = draw(new HeadTable(sums, false), chart => Charts.png(chart))
    assert(files.size == 10 && !files.contains("_leakage.svg"))
  }

  it("SVG alone, and one line, where Java cannot draw") {
    var asked = 0
    val broken: HeadHeatMaps.Png = (_: Chart) => {
      asked += 1
      val constructor = classOf[NoPngException].getDeclaredConstructor(classOf[Throwable])
      constructor.setAccessible(true)
      throw constructor.newInstance(new NoClassDefFoundError("sun.awt.X11FontManager"))
    }
    val (files, notes) = draw(new HeadTable(sums, true), broken)
    assert(files.size == 6 && files.keys.forall(_.endsWith(".svg")) && asked == 1)
    assert(notes.size == 1 && notes.head.contains("X11FontManager") && notes.head.contains("SVG"))
  }
}
