package io.varlen.spark.inference

import org.scalatest.funspec.AnyFunSpec

class UnitsSpec extends AnyFunSpec {
  describe("the units of a corpus") {
    it("give many cores something to do as soon as there is text for it") {
      assert(Units.ofBytes(0).count == 1)
      assert(Units.ofBytes(100L << 10).count == 1)
      assert(Units.ofBytes(4L << 20).count == 64)
      assert(Units.ofBytes(100L << 30).count == 6400)
    }

    it("are not more than Spark's shuffle writes without collecting and sorting, before they are large") {
      val threshold = 200 // the default of spark.shuffle.sort.bypassMergeThreshold
      for (mebibytes <- 0L to 3200 by 50) assert(Units.ofBytes(mebibytes << 20).count <= threshold)
    }
  }
}
