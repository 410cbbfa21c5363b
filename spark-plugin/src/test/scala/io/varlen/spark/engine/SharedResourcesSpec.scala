package io.varlen.spark.engine

import io.varlen.InvalidInputException
import org.scalatest.funspec.AnyFunSpec

import java.util.concurrent.atomic.AtomicInteger
import java.util.concurrent.{Callable, ConcurrentLinkedQueue, CountDownLatch, Executors, Semaphore, TimeUnit}
import java.util.function.Consumer
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Success, Try}

class SharedResourcesSpec extends AnyFunSpec {
  import SharedResourcesSpec._

  private val unowned: Consumer[String] = _ => ()

  describe("SharedResources") {
    it("opens a resource once, however many threads ask for it at the same time") {
      val resources = new SharedResources
      val opened = new AtomicInteger
      val open: Callable[String] = () => { Thread.sleep(100); "resource " + opened.incrementAndGet() }
      val answers = together(16)(_ => resources.get("key", open, unowned))
      assert(answers.forall(_ == Success("resource 1")))
      assert(opened.get == 1)
    }

    it("tells a failure to each asker and tries again when asked again") {
      val resources = new SharedResources
      val tries = new AtomicInteger
      val entered = new CountDownLatch(1)
      val go = new CountDownLatch(1)
      val open: Callable[String] = () => {
        if (tries.incrementAndGet() == 1) {
          entered.countDown()
          go.await()
          throw new InvalidInputException("no such model")
        }
        "good"
      }
      val pool = Executors.newFixedThreadPool(8)
      val ask: Callable[Try[String]] = () => Try(resources.get("key", open, unowned))
      val first = pool.submit(ask)
      entered.await()
      val others = Seq.fill(7)(pool.submit(ask))
      Thread.sleep(200)
      go.countDown()
      for (asker <- first +: others)
        asker.get match {
          case Failure(e: InvalidInputException) => assert(e.getMessage == "no such model")
          case other                             => fail(s"$other")
        }
      pool.shutdown()
      assert(tries.get == 1)
      assert(resources.get("key", open, unowned) == "good")
    }

    it("reports an Error of the opener and does not hang") {
      val resources = new SharedResources
      val open: Callable[String] = () => throw new UnsatisfiedLinkError("libx.so")
      val e = intercept[IllegalStateException](resources.get("library x", open, unowned))
      assert(e.getMessage.contains("cannot open library x") && e.getMessage.contains("libx.so"))
    }

    it("does not fail the others when one waiting thread is interrupted") {
      val resources = new SharedResources
      val go = new CountDownLatch(1)
      val open: Callable[String] = () => { go.await(); "good" }
      val answers = new ConcurrentLinkedQueue[Try[String]]
      val ask: Runnable = () => answers.add(Try(resources.get("key", open, unowned)))
      val threads = Seq.fill(2)(new Thread(ask))
      threads.foreach(_.start())
      Thread.sleep(100)
      threads.head.interrupt()
      threads.head.join(10000)
      assert(answers.asScala.toSeq.map(_.isFailure) == Seq(true))
      go.countDown()
      threads(1).join(10000)
      assert(answers.asScala.toSeq.last == Success("good"))
    }

    it("closes in the reverse order of opening, once, whatever fails to close") {
      val resources = new SharedResources
      val closed = new ConcurrentLinkedQueue[String]
      def get(name: String, open: Callable[String]): String = {
        val close: Consumer[String] = value => {
          closed.add(value)
          if (name == "b") throw new IllegalStateException("broken, as the test wants it")
        }
        resources.get(name, open, close)
      }
      get("a", () => "a")
      get("b", () => "b")
      get("outer", () => get("inner", () => "inner") + " in outer")
      resources.close()
      resources.close()
      assert(closed.asScala.toSeq == Seq("inner in outer", "inner", "b", "a"))
    }

    it("refuses new work once closed, and closes what was opening meanwhile") {
      val resources = new SharedResources
      val entered = new CountDownLatch(1)
      val go = new CountDownLatch(1)
      val closed = new AtomicInteger
      val open: Callable[String] = () => { entered.countDown(); go.await(); "late" }
      val close: Consumer[String] = _ => closed.incrementAndGet()
      val ask: Runnable = () => Try(resources.get("key", open, close))
      new Thread(ask).start()
      entered.await()
      val closer = new Thread(() => resources.close())
      closer.start()
      while (!resources.isClosed) Thread.sleep(1)
      assert(intercept[IllegalStateException](resources.get("key", open, unowned)).getMessage.contains("closed"))
      assert(closed.get == 0)
      go.countDown()
      closer.join(10000)
      assert(!closer.isAlive && closed.get == 1)
    }

    it("leaves nothing open over many rounds") {
      val open = new AtomicInteger
      for (_ <- 1 to 200) {
        val resources = new SharedResources
        val close: Consumer[Integer] = _ => open.decrementAndGet()
        for (key <- 1 to 5) resources.get[Integer](key, () => open.incrementAndGet(), close)
        assert(open.get == 5)
        resources.close()
      }
      assert(open.get == 0)
    }
  }

  describe("Gate") {
    it("closes when the last one is out, and lets nobody in afterwards") {
      val gate = new Gate
      val threads = 5 // which enter by different locks
      val inside = new CountDownLatch(threads)
      val go = new Semaphore(0)
      val events = new ConcurrentLinkedQueue[String]
      val use: Runnable = () =>
        gate.inside { () =>
          inside.countDown()
          go.acquire()
          events.add("used")
        }
      val close: Runnable = () => events.add("closed")
      for (_ <- 1 to threads) new Thread(use).start()
      inside.await()
      val closer = new Thread(() => gate.close(close))
      closer.start()
      go.release(threads - 1)
      closer.join(200)
      assert(closer.isAlive && !events.contains("closed"))
      go.release()
      closer.join(10000)
      gate.close(close)
      assert(events.asScala.toSeq == Seq.fill(threads)("used") :+ "closed")
      assert(intercept[IllegalStateException](gate.inside(() => "x")).getMessage.contains("closed"))
    }
  }
}

object SharedResourcesSpec {

  /** What each of `n` threads gets that start at the same moment. */
  def together[T](n: Int)(work: Int => T): Seq[Try[T]] = {
    val pool = Executors.newFixedThreadPool(n)
    val start = new CountDownLatch(1)
    val futures = (0 until n).map { i =>
      val task: Callable[Try[T]] = () => { start.await(); Try(work(i)) }
      pool.submit(task)
    }
    start.countDown()
    val answers = futures.map(_.get(120, TimeUnit.SECONDS))
    pool.shutdown()
    answers
  }
}
