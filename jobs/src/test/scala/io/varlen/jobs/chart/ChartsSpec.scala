package io.varlen.jobs.chart

import java.awt.image.BufferedImage
import java.io.{ByteArrayInputStream, StringReader}
import java.util.{List => JList}
import javax.imageio.ImageIO
import javax.xml.parsers.DocumentBuilderFactory
import org.scalatest.funspec.AnyFunSpec
import org.w3c.dom.{Element, NodeList}
import org.xml.sax.InputSource
import scala.collection.mutable.ArrayBuffer
import scala.jdk.CollectionConverters._
import scala.util.Random

/** Charts as their readers see them: the SVG parsed as XML, the PNG as pixels. */
class ChartsSpec extends AnyFunSpec {
  import BarChart.{Bar, Series}

  private def bars(values: Seq[Seq[Bar]], logarithmic: Boolean = false, note: String = "") = {
    val categories = values.head.indices.map(i => s"c$i")
    val series = values.zipWithIndex.map { case (row, i) => new Series(s"s$i", row.asJava) }
    new BarChart("title", note, "categories", "seconds", logarithmic, categories.asJava, series.asJava)
  }

  private def heat(values: Array[Array[Double]]) = {
    def names(n: Int) = (0 until n).map(_.toString).asJava
    new HeatMap("title", "", "layer", "head", "nats", names(values.length), names(values.head.length), values)
  }

  private def document(chart: Chart): Element = {
    val factory = DocumentBuilderFactory.newInstance()
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true)
    factory.newDocumentBuilder().parse(new InputSource(new StringReader(Charts.svg(chart)))).getDocumentElement
  }

  private def all(nodes: NodeList): Seq[Element] =
    (0 until nodes.getLength).map(nodes.item).collect { case e: Element => e }
  private def elements(root: Element, name: String) = all(root.getElementsByTagName(name))
  private def texts(root: Element) = elements(root, "text").map(_.getTextContent)
  private def hint(rect: Element) = elements(rect, "title").headOption.map(_.getTextContent)
  private def number(e: Element, name: String) = e.getAttribute(name).toDouble

  private def image(chart: Chart): BufferedImage = ImageIO.read(new ByteArrayInputStream(Charts.png(chart)))

  /** Everything drawn, with the box that it takes, text by its estimated width. */
  private def boxes(chart: Chart): Seq[(Double, Double, Double, Double)] = {
    val out = ArrayBuffer.empty[(Double, Double, Double, Double)]
    chart.draw(new Surface {
      def rectangle(x: Double, y: Double, width: Double, height: Double, colour: Int, hint: String): Unit =
        out += ((x, y, x + width, y + height))
      def line(x1: Double, y1: Double, x2: Double, y2: Double, colour: Int): Unit = out += ((x1, y1, x2, y2))
      def text(l: Label): Unit = {
        val width = Label.width(l.text, l.size)
        val before = l.anchor.ordinal * width / 2
        out += (
          if (l.upright) (l.x - l.size, l.y + before - width, l.x, l.y + before)
          else (l.x - before, l.y - l.size, l.x - before + width, l.y)
        )
      }
    })
    out.toSeq
  }

  private def assertWithin(chart: Chart): Unit =
    for ((left, top, right, bottom) <- boxes(chart))
      assert(
        left >= -0.5 && top >= -0.5 && right <= chart.width + 0.5 && bottom <= chart.height + 0.5,
        (left, top, right, bottom)
      )

  describe("a histogram") {
    def histogram(counts: Seq[Long], width: Int, labels: Seq[String]) = {
      val bins = counts.indices.map(i => s"bin $i").asJava
      new Histogram("title", "tokens", "documents", labels.asJava, bins, counts.toArray, width)
    }
    it("has a bar for each bin, as high as its count, and says which") {
      val counts = Seq(0L, 5L, 20L, 10L)
      val drawn =
        elements(document(histogram(counts, 300, Seq("0", "1", "2", "3", "4"))), "rect").filter(hint(_).isDefined)
      assert(drawn.flatMap(hint) == Seq("bin 0: 0", "bin 1: 5", "bin 2: 20", "bin 3: 10"))
      for ((bar, count) <- drawn.zip(counts))
        assert(math.abs(number(bar, "height") - count * number(drawn(2), "height") / 20) < 0.05)
    }
    it("shows one of a million, and is within its bounds with any labels") {
      val drawn = elements(document(histogram(Seq(1L, 1000000L), 240, Seq("a", "b"))), "rect").filter(hint(_).isDefined)
      assert(number(drawn.head, "height") >= 1)
      for (n <- Seq(1, 7, 60); width <- Seq(240, 920); more <- 0 to 1) {
        val random = new Random(n)
        assertWithin(
          histogram(Seq.fill(n)(random.nextInt(1 << 30).toLong), width, (0 until n + more).map(i => s"${i * 12345} %"))
        )
      }
    }
    it("names edges and bins only where they have room") {
      val labels = texts(document(histogram(Seq.fill(60)(1L), 240, (0 to 60).map(i => s"edge $i"))))
      assert(labels.count(_.startsWith("edge")) > 1 && labels.count(_.startsWith("edge")) < 6)
    }
    it("refuses what cannot be drawn") {
      assertThrows[IllegalArgumentException](histogram(Seq(-1L), 300, Seq("a")))
      assertThrows[IllegalArgumentException](histogram(Seq(1L), 100, Seq("a")))
      assertThrows[IllegalArgumentException](histogram(Seq(1L), 300, Seq()))
    }
  }

  describe("strips") {
    import Strips.{Kind, Piece, Strip}
    def strips(total: Long, width: Int, pieces: Piece*) =
      new Strips("title", total, Seq(new Strip("row 7", "remark", pieces.asJava)).asJava, width)
    it("have pieces in proportion, padding in a colour of its own") {
      val chart =
        strips(100, 500, new Piece(Kind.ITEM, 60, "a"), new Piece(Kind.ITEM, 30, "b"), new Piece(Kind.WASTE, 10, "pad"))
      val drawn = elements(document(chart), "rect").filter(hint(_).isDefined)
      assert(drawn.flatMap(hint) == Seq("a", "b", "pad"))
      assert(drawn.map(number(_, "x")) == Seq(0.0, 300.0, 450.0))
      assert(drawn.map(_.getAttribute("fill")).distinct.size == 3)
      assertWithin(chart)
    }
    it("draw a multitude of narrow pieces as some that are seen") {
      val drawn = elements(document(strips(100000, 300, Seq.fill(100000)(new Piece(Kind.ITEM, 1, "a")): _*)), "rect")
      assert(drawn.size <= 302 && drawn.flatMap(hint).forall(_.startsWith("a, and ")))
    }
    it("refuse more than fits") {
      assertThrows[IllegalArgumentException](strips(10, 300, new Piece(Kind.ITEM, 11, "a")))
    }
  }

  describe("a chart for a page") {
    it("leaves colours and fonts to the page, and escapes its texts") {
      val chart = new Histogram("<t>", "\"", "&", Seq("a").asJava, Seq("</svg><script>").asJava, Array(1L), 300)
      val svg = Charts.inPage(chart)
      assert(
        !svg.contains("<script") && svg.contains("&lt;/svg&gt;&lt;script&gt;: 1") && svg.contains(
          "aria-label=\"&lt;t&gt;\""
        )
      )
      assert(!svg.contains("#") && !svg.contains("font-family") && svg.contains("class=\"series0\""))
    }
    it("keeps the colours of a scale, and readable values on them") {
      val svg = Charts.inPage(heat(Array(Array(0.0, 0.5, 1.0))))
      assert(
        svg.contains("#440154") && svg.contains("#fde725") && svg.contains("fill=\"#000000\"") && svg.contains(
          "fill=\"#fffffe\""
        )
      )
    }
  }

  describe("a bar chart") {
    it("has bars as high as their values, each labelled, and a legend") {
      val chart = bars(Seq(Seq(1.0, 2.0, 4.0), Seq(3.0, 0.0, 0.5)).map(_.map(Bar.of)))
      val root = document(chart)
      val drawn = elements(root, "rect").filter(r => hint(r).isDefined)
      val expected = Seq("s0, c0: 1", "s1, c0: 3", "s0, c1: 2", "s1, c1: 0", "s0, c2: 4", "s1, c2: 0.5")
      assert(drawn.flatMap(hint) == expected)
      val unit = number(drawn.head, "height")
      for ((bar, value) <- drawn.zip(Seq(1, 3, 2, 0, 4, 0.5))) {
        assert(math.abs(number(bar, "height") - value * unit) < 0.05)
        assert(math.abs(number(bar, "y") + number(bar, "height") - (number(drawn.head, "y") + unit)) < 0.05)
      }
      for (text <- Seq("title", "categories", "seconds", "s0", "s1", "c0", "c1", "c2", "0.5"))
        assert(texts(root).contains(text))
    }

    it("has a logarithmic axis, on which equal ratios are equally high, and the smallest bar is seen") {
      val drawn =
        elements(document(bars(Seq(Seq(0.01, 0.1, 10, 1000).map(Bar.of)), logarithmic = true)), "rect").filter(r =>
          hint(r).isDefined
        )
      val heights = drawn.map(number(_, "height"))
      val decade = heights(1) - heights(0)
      assert(heights.head > 10)
      assert(
        math.abs(heights(2) - heights(1) - 2 * decade) < 0.1 && math.abs(heights(3) - heights(2) - 2 * decade) < 0.1
      )
    }

    it("says why there is no figure") {
      val root = document(bars(Seq(Seq(Bar.of(1), Bar.missing("out of memory")))))
      assert(texts(root).contains("no figure: out of memory"))
      assert(elements(root, "rect").flatMap(hint) == Seq("s0, c0: 1", "out of memory"))
      assertWithin(bars(Seq(Seq(Bar.missing("nothing was measured, " * 20)))))
    }

    it("is as wide as its note, which is cut only where that would be absurd") {
      val note = "the conditions of a measurement, " * 4
      assert(texts(document(bars(Seq(Seq(Bar.of(1))), note = note))).contains(note))
      assert(texts(document(bars(Seq(Seq(Bar.of(1))), note = note * 9))).exists(_.endsWith("…")))
    }

    it("refuses what cannot be drawn") {
      for (value <- Seq(-1.0, Double.NaN, Double.PositiveInfinity))
        assertThrows[IllegalArgumentException](Bar.of(value))
      assertThrows[IllegalArgumentException](bars(Seq(Seq.empty[Bar])))
      assertThrows[IllegalArgumentException](bars(Seq.fill(8)(Seq(Bar.of(1)))))
      val ragged = Seq(new Series("s", Seq(Bar.of(1)).asJava)).asJava
      assertThrows[IllegalArgumentException](new BarChart("t", "", "c", "v", false, JList.of("a", "b"), ragged))
    }
  }

  describe("an axis of values") {
    it("covers all values with a few round ticks (random values)") {
      val seed = Random.nextLong()
      info(s"seed $seed")
      val random = new Random(seed)
      for (_ <- 1 to 2000; logarithmic <- Seq(false, true)) {
        val values = Array.fill(1 + random.nextInt(5))(math.pow(10, random.nextDouble() * 18 - 6))
        val axis = ValueAxis.of(values, logarithmic)
        val ticks = axis.ticks.asScala.map(_.doubleValue)
        assert(values.forall(v => axis.share(v) >= 0 && axis.share(v) <= 1 + 1e-9), values.toSeq)
        assert(ticks.size >= 2 && ticks.size <= 8 && ticks.forall(t => axis.share(t) >= 0 && axis.share(t) <= 1 + 1e-9))
        assert(logarithmic || (ticks.head == 0 && axis.share(values.max) > 0.5))
        assert(!logarithmic || axis.share(values.min) > 0)
      }
    }

    it("is there without a positive value") {
      for (values <- Seq(Array.empty[Double], Array(0.0)); logarithmic <- Seq(false, true))
        assert(ValueAxis.of(values, logarithmic).share(0) == 0)
    }
  }

  describe("a heat map") {
    it("has a cell per value, coloured from the least to the most, and values in them where they fit") {
      val root = document(heat(Array(Array(0.0, 0.5, 1.0), Array(1.0, Double.NaN, 0.25))))
      val cells = elements(root, "rect").filter(r => hint(r).isDefined)
      assert(
        cells.flatMap(hint) == Seq(
          "layer 0, head 0: 0",
          "layer 0, head 1: 0.5",
          "layer 0, head 2: 1",
          "layer 1, head 0: 1",
          "layer 1, head 1: no value",
          "layer 1, head 2: 0.25"
        )
      )
      val fills = cells.map(_.getAttribute("fill"))
      assert(fills.take(4) == Seq("#440154", "#21918c", "#fde725", "#fde725") && fills(4) == "#e6e9ed")
      assert(texts(root).count(_ == "0.25") == 2 && texts(root).contains("–") && texts(root).contains("nats"))
      val wide = document(heat(Array.fill(2, 200)(0.123)))
      assert(!elements(wide, "text").exists(_.getAttribute("font-size") == "10"))
      assert(texts(wide).contains("0") && texts(wide).size < 60)
    }

    it("refuses values that are no table") {
      assertThrows[IllegalArgumentException](heat(Array(Array.empty[Double])))
      assertThrows[IllegalArgumentException](heat(Array(Array(1.0, 2.0), Array(1.0))))
    }
  }

  it("nothing sticks out of a chart, whatever its size (random shapes)") {
    val seed = Random.nextLong()
    info(s"seed $seed")
    val random = new Random(seed)
    def value() = math.pow(10, random.nextDouble() * 20 - 8)
    for (_ <- 1 to 200) {
      val categories = 1 + random.nextInt(12)
      val values = Seq.fill(1 + random.nextInt(7))(Seq.fill(categories)(Bar.of(value())))
      assertWithin(bars(values, random.nextBoolean(), "note " * random.nextInt(60)))
      assertWithin(heat(Array.fill(1 + random.nextInt(80), 1 + random.nextInt(80))(value() - 1)))
    }
  }

  it("the text of an SVG cannot leave its place") {
    val nasty = "</text><script>&\"'\u0000\u0008\ud800 \uffff😀"
    val chart =
      new BarChart(
        nasty,
        nasty,
        "c",
        "v",
        false,
        Seq(nasty).asJava,
        Seq(new Series(nasty, Seq(Bar.of(1)).asJava)).asJava
      )
    val root = document(chart)
    assert(elements(root, "script").isEmpty)
    assert(texts(root).contains("</text><script>&\"'\ufffd\ufffd\ufffd \ufffd😀"))
    assert(elements(root, "title").head.getTextContent.startsWith("</text><script>"))
  }

  it("a PNG has two pixels per unit, its own background, and the colours of what is drawn") {
    val chart = bars(Seq(Seq(Bar.of(1), Bar.of(3)), Seq(Bar.of(2), Bar.missing("none"))))
    val png = image(chart)
    assert(png.getWidth == 2 * chart.width && png.getHeight == 2 * chart.height)
    def pixel(x: Double, y: Double) = png.getRGB((2 * x).toInt, (2 * y).toInt) & 0xffffff
    assert(pixel(1, 1) == 0xffffff && pixel(chart.width - 1, chart.height - 1) == 0xffffff)
    val rects = elements(document(chart), "rect").filter(r => hint(r).isDefined)
    assert(rects.size == 4)
    for (r <- rects) {
      val colour = Integer.parseInt(r.getAttribute("fill").drop(1), 16)
      val (x, y) = (number(r, "x"), number(r, "y"))
      assert(pixel(x + 2, y + number(r, "height") - 2) == colour && pixel(x + 2, y + 2) == colour)
      assert(pixel(x - 3, y + 2) != colour)
    }
    val cells = heat(Array(Array(0.0, 1.0)))
    val drawn = image(cells)
    val colours = for (x <- 0 until drawn.getWidth; y <- 0 until drawn.getHeight) yield drawn.getRGB(x, y) & 0xffffff
    assert(colours.count(_ == 0x440154) > 2000 && colours.count(_ == 0xfde725) > 2000)
  }

  it("the same data give the same bytes") {
    def chart = bars(Seq(Seq(Bar.of(1), Bar.of(3))))
    assert(Charts.svg(chart) == Charts.svg(chart) && Charts.png(chart).sameElements(Charts.png(chart)))
  }

  it("where Java cannot draw, it says so in a word that callers must hear, and SVG is there") {
    val chart = new Chart {
      def width = 10
      def height = 10
      def title = "t"
      def draw(surface: Surface): Unit =
        if (surface.isInstanceOf[PngSurface])
          throw new NoClassDefFoundError("Could not initialize class sun.awt.X11FontManager")
    }
    val thrown = intercept[NoPngException](Charts.png(chart))
    assert(thrown.getMessage.contains("X11FontManager") && thrown.getMessage.contains("SVG"))
    assert(document(chart).getAttribute("width") == "10")
  }

  it("numbers are told in three digits") {
    val told =
      Seq(0.0, 0.00123, 0.0384, 0.5, 1, 12.34, 999.9, 1000, 5678, 999999, 1e6, 1.5e9, 2e12, -3.14159, -0.0, 1e-5, 1e18)
        .map(Label.number(_))
    assert(
      told == Seq(
        "0",
        "0.00123",
        "0.0384",
        "0.5",
        "1",
        "12.3",
        "1k",
        "1k",
        "5.68k",
        "1M",
        "1M",
        "1.5G",
        "2T",
        "-3.14",
        "0",
        "1.0e-05",
        "1.0e+18"
      )
    )
  }
}
