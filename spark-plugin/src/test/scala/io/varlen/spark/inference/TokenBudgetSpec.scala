package io.varlen.spark.inference

import io.varlen.attention.Backend
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

  describe("TokenBudget") {
    it("is larger on a GPU, unless a key says how large it is") {
      val free = TokenBudget.of(Optional.empty(), 2048)
      assert(free.on(backend("cpu")) == 2048 && free.on(backend("cuda")) == 65536)
      val asked = TokenBudget.of(Optional.of(Int.box(100)), 2048)
      assert(asked.on(backend("cpu")) == 100 && asked.on(backend("cuda")) == 100)
    }
  }
}
