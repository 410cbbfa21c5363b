package io.varlen.spark.engine

import io.varlen.spark.LocalSpark
import org.scalatest.concurrent.Eventually
import org.scalatest.funspec.AnyFunSpec
import org.scalatest.time.SpanSugar.convertIntToGrainOfTime

import java.util.concurrent.atomic.{AtomicInteger, AtomicLong}
import java.util.concurrent.{ConcurrentLinkedQueue, CountDownLatch}
import scala.jdk.CollectionConverters._
import scala.util.Try

class ComputePermitSpec extends AnyFunSpec with Eventually {
  import ComputePermitSpec._

  implicit override val patienceConfig: PatienceConfig = PatienceConfig(20.seconds, 5.millis)

  describe("ComputePermit") {
    it("lets so many compute at once as it says, and no more") {
      for (atOnce <- 1 to 3) {
        val permit = ComputePermit.limited(atOnce, ComputeListener.NONE)
        val inside = new AtomicInteger
        val most = new AtomicInteger
        val answers = SharedResourcesSpec.together(8) { i =>
          for (_ <- 1 to 20) permit.inside { () =>
            most.accumulateAndGet(inside.incrementAndGet(), (a, b) => a max b)
            Thread.sleep(1)
            inside.decrementAndGet()
          }
          permit.inside(() => i)
        }
        assert(answers.map(_.get) == (0 until 8))
        assert(most.get == atOnce)
      }
    }

    it("gives it in the order in which threads asked") {
      val permit = ComputePermit.limited(1, ComputeListener.NONE)
      val go = new CountDownLatch(1)
      val order = new ConcurrentLinkedQueue[Int]
      hold(permit, go)
      val threads = for (i <- 1 to 20) yield {
        val thread = start(permit.inside(() => order.add(i)))
        eventually(assert(isWaiting(thread)))
        thread
      }
      go.countDown()
      threads.foreach(_.join(10000))
      assert(order.asScala.toSeq == (1 to 20))
    }

    it("is given back by work that fails, in any way") {
      val permit = ComputePermit.limited(1, ComputeListener.NONE)
      intercept[IllegalStateException](permit.inside[Int](() => throw new IllegalStateException("broken")))
      intercept[OutOfMemoryError](permit.inside[Int](() => throw new OutOfMemoryError("as the test wants it")))
      assert(permit.inside(() => 5) == 5)
    }

    it("does not wait for itself") {
      val permit = ComputePermit.limited(1, ComputeListener.NONE)
      assert(permit.inside(() => permit.inside(() => 1) + permit.inside(() => 2)) == 3)
      val other = new AtomicInteger
      start(permit.inside(() => other.set(7))).join(10000)
      assert(other.get == 7)
    }

    it("lets an interrupted thread go, whose place the next one takes") {
      val permit = ComputePermit.limited(1, ComputeListener.NONE)
      val go = new CountDownLatch(1)
      val done = new ConcurrentLinkedQueue[String]
      hold(permit, go)
      val first = start {
        val failure = Try(permit.inside(() => "never")).failed.get
        done.add(s"${failure.getMessage} ${Thread.currentThread.isInterrupted}")
      }
      eventually(assert(isWaiting(first)))
      val second = start(permit.inside(() => done.add("second")))
      eventually(assert(isWaiting(second)))
      first.interrupt()
      first.join(10000)
      assert(done.asScala.toSeq == Seq("interrupted while waiting for the GPU true"))
      go.countDown()
      second.join(10000)
      assert(done.asScala.toSeq.last == "second")
    }

    it("lets a killed task go that nobody interrupts") {
      val context = LocalSpark.context
      JobPermit.reset()
      val job = context
        .parallelize(java.util.List.of[Integer](1), 1)
        .map(_ =>
          Try(JobPermit.permit.inside(() => "never")).fold(e => { JobPermit.reason = e.getMessage; throw e }, x => x)
        )
        .collectAsync()
      eventually(assert(JobPermit.waiting))
      LocalSpark.quietly {
        job.cancel(true)
        eventually(assert(JobPermit.reason == "the task was killed while waiting for the GPU"))
      }
      JobPermit.go.countDown()
      assert(JobPermit.permit.inside(() => 3) == 3)
    }

    it("tells how long was waited and computed, also of failures") {
      val times = new Times
      val permit = ComputePermit.limited(1, times)
      val go = new CountDownLatch(1)
      val holder = hold(permit, go)
      val waiter = start(permit.inside(() => Thread.sleep(30)))
      eventually(assert(isWaiting(waiter)))
      Thread.sleep(50)
      go.countDown()
      Seq(holder, waiter).foreach(_.join(10000))
      Try(permit.inside[Int](() => { Thread.sleep(20); throw new IllegalStateException("broken") }))
      assert(times.waits.get == 3 && times.computations.get == 3)
      assert(times.waited.get >= 50000000L && times.computed.get >= 100000000L)
    }

    it("holds nobody up on a processor, where it tells of computing alone") {
      val times = new Times
      val permit = ComputePermit.unlimited(times)
      val all = new CountDownLatch(8)
      val answers = SharedResourcesSpec.together(8)(_ => permit.inside { () => all.countDown(); all.await(); 1 })
      assert(answers.map(_.get).sum == 8)
      assert(times.waits.get == 0 && times.computations.get == 8)
    }
  }

  private def isWaiting(thread: Thread) = thread.getState == Thread.State.TIMED_WAITING
}

object ComputePermitSpec {
  def start(work: => Any): Thread = {
    val run: Runnable = () => work
    val thread = new Thread(run)
    thread.setDaemon(true)
    thread.start()
    thread
  }

  /** A thread that has the permit already, until `go`. */
  def hold(permit: ComputePermit, go: CountDownLatch): Thread = {
    val held = new CountDownLatch(1)
    val holder = start(permit.inside { () => held.countDown(); go.await() })
    held.await()
    holder
  }

  class Times extends ComputeListener {
    val waits, computations = new AtomicInteger
    val waited, computed = new AtomicLong
    override def waited(nanos: Long): Unit = { waits.incrementAndGet(); waited.addAndGet(nanos) }
    override def computed(nanos: Long): Unit = { computations.incrementAndGet(); computed.addAndGet(nanos) }
  }

  /** A permit that a task of this JVM waits for and somebody else has. */
  object JobPermit {
    @volatile var permit: ComputePermit = _
    @volatile var reason = ""
    @volatile var go: CountDownLatch = _

    def reset(): Unit = {
      permit = ComputePermit.limited(1, ComputeListener.NONE)
      reason = ""
      go = new CountDownLatch(1)
      hold(permit, go)
    }

    def waiting: Boolean = Thread.getAllStackTraces.asScala.exists { case (thread, frames) =>
      thread.getName.startsWith("Executor task") && frames.exists(_.getClassName == classOf[ComputePermit].getName)
    }
  }
}
