package io.varlen.spark.rapids

import org.scalatest.funspec.AnyFunSpec

class RapidsSelfTestSpec extends AnyFunSpec {
  private val call = "[size(varlen_tokenize(cast(id#0L as string))) AS size(varlen_tokenize(id))#2]"

  describe("the self-test for RAPIDS") {
    it("believes a plan alone in which nodes of RAPIDS compute all of our functions") {
      assert(RapidsSelfTest.isOnGpu(s"GpuColumnarToRow false\n+- GpuProject $call, true\n   +- GpuRange (0, 2)"))
      assert(!RapidsSelfTest.isOnGpu(s"*(1) Project $call\n+- *(1) Range (0, 2)"))
      assert(!RapidsSelfTest.isOnGpu(s"*(1) Project $call\n+- GpuColumnarToRow false\n   +- GpuProject [id#0L], true"))
      assert(
        !RapidsSelfTest.isOnGpu(
          s"GpuProject [varlen_detokenize(ids#2) AS text#3], true\n+- GpuRowToColumnar\n   +- *(1) Project $call"
        )
      )
      assert(!RapidsSelfTest.isOnGpu("GpuProject [id#0L], true\n+- GpuRange (0, 2)"))
    }
  }
}
