package io.varlen.spark

import java.io.IOException
import java.net.URI
import java.util.concurrent.atomic.AtomicInteger
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.permission.FsPermission
import org.apache.hadoop.fs.{FSDataOutputStream, Path, RawLocalFileSystem}
import org.apache.hadoop.util.Progressable

/** The local disk as `faulty:///…`, where something happens at the n-th change: the disk dies for good, as if the
  * process had been killed there, or what a test wants.
  */
class FaultyFileSystem extends RawLocalFileSystem {
  override def getScheme: String = FaultyFileSystem.Scheme
  override def getUri: URI = URI.create(FaultyFileSystem.Scheme + ":///")

  override def create(
      path: Path,
      overwrite: Boolean,
      bufferSize: Int,
      replication: Short,
      blockSize: Long,
      progress: Progressable
  ): FSDataOutputStream = {
    FaultyFileSystem.change()
    new FSDataOutputStream(
      super.create(path, overwrite, bufferSize, replication, blockSize, progress),
      null
    ) {
      override def close(): Unit = {
        FaultyFileSystem.change()
        super.close()
      }
    }
  }

  override def rename(from: Path, to: Path): Boolean = {
    FaultyFileSystem.change()
    super.rename(from, to)
  }

  override def delete(path: Path, recursive: Boolean): Boolean = {
    FaultyFileSystem.change()
    super.delete(path, recursive)
  }

  override def mkdirs(path: Path, permission: FsPermission): Boolean = {
    FaultyFileSystem.change()
    super.mkdirs(path, permission)
  }
}

object FaultyFileSystem {
  val Scheme = "faulty"
  private val left = new AtomicInteger(Int.MaxValue)
  @volatile private var event: () => Unit = () => ()
  @volatile private var happened = false

  def install(hadoop: Configuration): Unit =
    hadoop.set(s"fs.$Scheme.impl", classOf[FaultyFileSystem].getName)

  /** Runs `body` with a disk that dies before its `n`-th change; whether it got to its end. */
  def dyingAt[T](n: Int)(body: => T): Option[T] =
    try Some(changing(n, () => throw new IOException("the disk is gone"))(body))
    catch {
      case failure: Throwable if happened => None
      case failure: Throwable             => throw new AssertionError("failed without a fault", failure)
    }

  /** Runs `body` with `what` happening before each change from the `n`-th on, in the thread that changes. */
  def changing[T](n: Int, what: () => Unit)(body: => T): T = {
    happened = false
    event = what
    left.set(n)
    try body
    finally left.set(Int.MaxValue)
  }

  private def change(): Unit = if (left.decrementAndGet() < 0) {
    happened = true
    event()
  }
}
