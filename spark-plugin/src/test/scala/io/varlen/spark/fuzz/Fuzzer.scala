package io.varlen.spark.fuzz

import io.varlen.InvalidInputException

import java.nio.file.{Files, Path}
import java.util.concurrent.{Executors, ExecutionException, TimeUnit, TimeoutException}
import scala.collection.mutable
import scala.util.Random

/** A reader of what cannot be trusted. */
trait FuzzTarget {
  def name: String

  /** Files that are right. */
  def seeds: IndexedSeq[Array[Byte]]

  /** A file that may be wrong, made of a right one. */
  def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte]

  /** Takes the file or refuses it, with an [[InvalidInputException]] or as a bad record, whose reason is given to
    * `told`.
    */
  def read(file: Array[Byte], told: String => Unit): Unit
}

/** Gives damaged files to readers, and notes where one does not end in time, runs out of memory or of stack, throws
  * something else than a refusal, or refuses in other than one short line.
  *
  * @param folder
  *   where each case is before it is read, so that one which ends the JVM is known; and the cases that found something
  */
final class Fuzzer(targets: Seq[FuzzTarget], seed: Long, folder: Path, limitSeconds: Int) {
  import Fuzzer._

  private val finds = mutable.LinkedHashMap.empty[String, Find]
  private val cases = mutable.LinkedHashMap(targets.map(_.name -> new Counts): _*)
  private var worker = newWorker()

  /** Runs cases, from each target in turn, until it is time or so many are done. */
  def run(seconds: Long, most: Long = Long.MaxValue): Result = {
    Files.createDirectories(folder)
    val end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds)
    val ready = targets.map(target => target -> target.seeds)
    ready.foreach { case (target, seeds) => seeds.foreach(right => requireTaken(target, right)) }
    var number = 0L
    while (number < most && System.nanoTime() < end) {
      val (target, seeds) = ready((number % ready.size).toInt)
      val random = new Random(seed * 1000003 + number)
      val mutator = new Mutator(random)
      val file = target.mutated(mutator.pick(seeds), mutator)
      val counts = cases(target.name)
      counts.all += 1
      Files.write(folder.resolve(s"current-${target.name}"), file)
      attempt(target, file) match {
        case Refused     => counts.refused += 1
        case Taken       => ()
        case find: Found => note(target, file, find, number)
      }
      number += 1
    }
    worker.shutdownNow()
    Result(cases.map { case (name, c) => name -> ((c.all, c.refused)) }.toMap, finds.values.toSeq)
  }

  private def requireTaken(target: FuzzTarget, right: Array[Byte]): Unit = attempt(target, right) match {
    case Taken => ()
    case other => throw new AssertionError(s"${target.name}: a seed is not taken: $other")
  }

  private def note(target: FuzzTarget, file: Array[Byte], find: Found, number: Long): Unit = {
    val key = s"${target.name}: ${find.signature}"
    if (!finds.contains(key)) {
      val small = if (find.slow) file else minimised(target, file, find.signature)
      val path = folder.resolve(s"${target.name}-$number")
      Files.write(path, small)
      finds(key) = Find(target.name, find.signature, find.detail, path, small.length)
      println(s"FOUND ${finds(key)}")
    }
  }

  /** Leaves out what the find does not need. */
  private def minimised(target: FuzzTarget, file: Array[Byte], signature: String): Array[Byte] = {
    var best = file
    var tries = 0
    var length = file.length / 2
    while (length > 0 && tries < 400) {
      var at = 0
      while (at < best.length && tries < 400) {
        val shorter = best.take(at) ++ best.drop(at + length)
        tries += 1
        attempt(target, shorter) match {
          case Found(`signature`, _, false) => best = shorter
          case _                            => at += length
        }
      }
      length /= 2
    }
    best
  }

  private def attempt(target: FuzzTarget, file: Array[Byte]): Outcome = {
    val thread = new java.util.concurrent.atomic.AtomicReference[Thread]
    val reading = worker.submit { () =>
      thread.set(Thread.currentThread)
      read(target, file)
    }
    try reading.get(limitSeconds.toLong, TimeUnit.SECONDS)
    catch {
      case _: TimeoutException =>
        val stack = Option(thread.get).toSeq.flatMap(_.getStackTrace.toSeq)
        worker.shutdownNow()
        worker = newWorker()
        Found("hang " + frame(stack), stack.take(12).mkString(" < "), slow = true)
      case e: ExecutionException => Found(e.getCause.toString, "", slow = true)
    }
  }

  private def read(target: FuzzTarget, file: Array[Byte]): Outcome = {
    var wrong = Option.empty[String]
    var bad = false
    def told(line: String): Unit = {
      bad = true
      wrong = wrong.orElse(faultOf(line))
    }
    try {
      target.read(file, told)
      wrong.fold[Outcome](if (bad) Refused else Taken)(what => Found(what, what, slow = false))
    } catch {
      case e: InvalidInputException =>
        faultOf(e.getMessage).fold[Outcome](Refused)(what =>
          Found(what + " " + frame(e.getStackTrace.toSeq), what, slow = false)
        )
      case e: Throwable =>
        val stack = e.getStackTrace.toSeq
        Found(e.getClass.getSimpleName + " " + frame(stack), s"$e; ${stack.take(12).mkString(" < ")}", slow = false)
    }
  }
}

object Fuzzer {
  private final class Counts { var all, refused = 0L }

  sealed private trait Outcome
  private case object Taken extends Outcome
  private case object Refused extends Outcome
  private final case class Found(signature: String, detail: String, slow: Boolean) extends Outcome

  /** What a reader did that it must not do. */
  final case class Find(target: String, signature: String, detail: String, file: Path, bytes: Int)

  /** @param cases by target: how many there were, and how many were refused */
  final case class Result(cases: Map[String, (Long, Long)], finds: Seq[Find])

  private def newWorker() = Executors.newSingleThreadExecutor { (task: Runnable) =>
    val thread = new Thread(null, task, "fuzz", 1 << 20)
    thread.setDaemon(true)
    thread
  }

  /** What is wrong with a message to the user. */
  private def faultOf(message: String): Option[String] =
    if (message == null || message.isBlank) Some("a refusal without a word")
    else if (message.length > 2000) Some("a refusal of more than 2,000 characters")
    else if (message.linesIterator.size > 1) Some("a refusal of several lines")
    else if (message.codePoints.anyMatch(c => Character.isISOControl(c))) Some("a refusal with control characters")
    else None

  private def frame(stack: Seq[StackTraceElement]): String =
    stack
      .find(_.getClassName.startsWith("io.varlen."))
      .orElse(stack.headOption)
      .fold("")(f => s"${f.getClassName}.${f.getMethodName}")

  /** `Fuzzer SECONDS SEED FOLDER PACKED [TARGET…]`: PACKED is a packed dataset. The exit status is 1 if something was
    * found.
    */
  def main(args: Array[String]): Unit = {
    val Array(seconds, seed, folder, packed) = args.take(4)
    val all = FuzzTargets.all(Path.of(packed), Path.of(folder))
    val targets = if (args.length == 4) all else all.filter(target => args.drop(4).contains(target.name))
    println(s"seed $seed, ${targets.size} readers, heap ${Runtime.getRuntime.maxMemory >> 20} MiB")
    val result = new Fuzzer(targets, seed.toLong, Path.of(folder), 20).run(seconds.toLong)
    println("| reader | files | refused |\n|---|---|---|")
    targets.foreach { target =>
      val (all, refused) = result.cases(target.name)
      println(s"| ${target.name} | $all | $refused |")
    }
    println(s"${result.cases.values.map(_._1).sum} files, ${result.finds.size} finds")
    result.finds.foreach(println)
    System.out.flush()
    Runtime.getRuntime.halt(if (result.finds.isEmpty) 0 else 1)
  }
}
