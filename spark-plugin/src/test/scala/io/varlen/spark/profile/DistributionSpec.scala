package io.varlen.spark.profile

import io.varlen.packing.LengthHistogram
import org.scalatest.funspec.AnyFunSpec

import scala.util.Random

/** Counts of values beside the values themselves. */
class DistributionSpec extends AnyFunSpec {
  private val seed = sys.props.get("varlen.test.seed").fold(Random.nextLong())(_.toLong)

  private def counted(values: Seq[Double]): Distribution = {
    val counter = new ValueCounter
    values.foreach(counter.add)
    counter.distribution
  }

  private def nearestRank(values: Seq[Double], share: Double): Double =
    values.sorted.apply(math.max(1, math.ceil(share * values.size).toInt) - 1)

  it("gives the quantiles of small whole numbers exactly, in whatever parts they are counted") {
    val random = new Random(seed)
    for (_ <- 1 to 50) withClue(s"-Dvarlen.test.seed=$seed: ") {
      val values = Seq.fill(1 + random.nextInt(300))(random.nextInt(1025).toDouble)
      val parts = values.grouped(1 + random.nextInt(80)).toSeq.map { part =>
        val counter = new ValueCounter
        part.foreach(counter.add)
        counter
      }
      val merged = random.shuffle(parts).reduce((a, b) => a.merge(b)).distribution
      for (share <- Seq(0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0))
        assert(merged.quantile(share) == nearestRank(values, share))
      assert(merged.total == values.size && merged.least == values.min && merged.most == values.max)
      assert(merged.values.toSeq == counted(values).values.toSeq)
    }
  }

  it("gives the quantiles of any numbers to within a two thousandth, and the extremes exactly") {
    val random = new Random(seed + 1)
    for (_ <- 1 to 50) withClue(s"-Dvarlen.test.seed=$seed: ") {
      val values = Seq.fill(1 + random.nextInt(300))(math.exp(20 * random.nextGaussian()))
      val distribution = counted(values)
      for (share <- Seq(0.05, 0.25, 0.5, 0.75, 0.95)) {
        val right = nearestRank(values, share)
        assert(math.abs(distribution.quantile(share) - right) <= right / 2000)
      }
      assert(distribution.least == values.min && distribution.most == values.max)
    }
  }

  it("takes memory by the spread of the values, not by their number") {
    val random = new Random(seed + 2)
    assert(counted(Seq.fill(200000)(1 + random.nextDouble())).values.length <= 1025)
  }

  it("counts between edges, the last of which belongs to the last bin") {
    val distribution = counted(Seq(0.0, 1, 1, 2, 3, 4, 5))
    assert(distribution.between(Array(1.0, 2, 4)).toSeq == Seq(2, 3))
    assert(distribution.between(Array(0.0, 5)).toSeq == Seq(7))
    assert(distribution.between(Array(7.0, 8)).toSeq == Seq(0))
  }

  it("is made of a histogram of lengths") {
    val histogram = LengthHistogram.of(Array(7, 3), Array(2L, 5L))
    val distribution = Distribution.of(histogram)
    assert(distribution.values.toSeq == Seq(3.0, 7.0) && distribution.counts.toSeq == Seq(5L, 2L))
  }

  it("refuses what cannot be") {
    for (value <- Seq(Double.NaN, Double.PositiveInfinity)) assertThrows[IllegalArgumentException](counted(Seq(value)))
    assertThrows[IllegalArgumentException](new Distribution(Array(2.0, 1.0), Array(1L, 1L)))
    assertThrows[IllegalArgumentException](new Distribution(Array(1.0), Array(0L)))
  }
}
