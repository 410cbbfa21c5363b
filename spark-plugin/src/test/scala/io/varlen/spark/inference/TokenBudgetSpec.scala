package io.varlen.spark.inference

import io.varlen.attention.Backend
import io.varlen.spark.engine.MemoryPlan
import org.scalatest.funspec.AnyFunSpec

import java.lang.reflect.Proxy
import java.util.Optional

class TokenBudgetSpec extends AnyFunSpec {

  /** One that has a name and nothing else. */
  private def backend(name: String): Backend =
    Proxy
      .newProxyInstance(
        getClass.getClassLoader,
        Array(classOf[Backend]),
        (_, method, _) =>
          if (method.getName == "name") name else throw new UnsupportedOperationException(method.getName)
      )
      .asInstanceOf[Backend]

  private def plan(bytes: Long) = new MemoryPlan(bytes, 2, 100, 10)

  describe("TokenBudget") {
    it("is larger on a GPU, unless a key says how large it is") {
      val free = TokenBudget.of(Optional.empty(), 2048, 65536)
      val much = plan(1L << 40)
      assert(free.on(backend("cpu"), much) == 2048 && free.on(backend("cuda"), much) == 65536)
      val asked = TokenBudget.of(Optional.of(Int.box(100)), 2048, 65536)
      assert(asked.on(backend("cpu"), much) == 100 && asked.on(backend("cuda"), plan(1)) == 100)
    }

    it("is smaller where there is no room for so many tokens") {
      val free = TokenBudget.of(Optional.empty(), 2048, 65536)
      assert(free.on(backend("cpu"), plan(20200)) == 1000 && free.on(backend("cuda"), plan(20200)) == 1000)
    }
  }

  describe("MemoryPlan") {
    it("shares what there is among the tasks at once, behind each one's workspace") {
      assert(plan(20200).tokens == (20200 / 2 - 100) / 10)
      assert(plan(0).tokens == 256 && plan(5400).tokens == 260)
      assert(new MemoryPlan(Long.MaxValue, 1, 0, 1).tokens == Int.MaxValue)
      assert(
        new MemoryPlan(8L << 30, 2, 320L << 20, 92160).toString ==
          "up to 42962 tokens per launch: 8192 MiB for 2 tasks at once, 320 MiB of workspace each, 92160 bytes per token"
      )
    }
  }
}
