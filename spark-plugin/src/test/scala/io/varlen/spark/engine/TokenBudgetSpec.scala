package io.varlen.spark.engine

import io.varlen.attention.Backend
import io.varlen.model.ModelMemory
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

  private def plan(bytes: Long) = new MemoryPlan(new ModelMemory(7, 10), bytes, 2, 100)

  describe("TokenBudget") {
    it("is larger on a GPU, unless a key says how large it is") {
      val free = TokenBudget.ofEmbed(Optional.empty())
      val much = plan(1L << 40)
      assert(free.on(backend("cpu"), much) == 2048 && free.on(backend("cuda"), much) == 65536)
      val asked = TokenBudget.ofEmbed(Optional.of(Int.box(100)))
      assert(asked.on(backend("cpu"), much) == 100 && asked.on(backend("cuda"), plan(1)) == 100)
    }

    it("is smaller where there is no room for so many tokens") {
      val free = TokenBudget.ofEmbed(Optional.empty())
      assert(free.on(backend("cpu"), plan(20200)) == 1000 && free.on(backend("cuda"), plan(20200)) == 1000)
    }
  }

  describe("MemoryPlan") {
    it("shares what there is among the tasks at once, behind each one's workspace") {
      assert(plan(20200).tokens == (20200 / 2 - 100) / 10)
      assert(plan(0).bytesWith(3) == 7 + 2 * (100 + 3 * 10))
      assert(plan(0).tokens == 256 && plan(5400).tokens == 260)
      assert(new MemoryPlan(new ModelMemory(0, 1), Long.MaxValue, 1, 0).tokens == Int.MaxValue)
      assert(
        new MemoryPlan(new ModelMemory(0, 92160), 8L << 30, 2, 320L << 20).toString ==
          "up to 42962 tokens per launch: 8192 MiB for 2 tasks at once, 320 MiB of workspace each, 92160 bytes per token"
      )
    }
  }
}
