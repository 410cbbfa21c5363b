package io.varlen.spark.rapids

import com.sun.jna.{Memory, Pointer}
import java.nio.ByteBuffer
import scala.collection.mutable
import scala.jdk.CollectionConverters._

/** The host's memory in the place of a GPU's: all that is taken is counted and guarded, and filled with 0xFF when it is
  * given back.
  *
  * @param failAt
  *   the allocation, from 1, that fails; 0 for none
  * @param failure
  *   what it then throws
  */
final class StandInColumns(failAt: Int = 0, failure: => RuntimeException = new IllegalStateException("no memory"))
    extends GpuColumns {
  private val open = mutable.Map[AnyRef, String]()
  var allocations = 0

  override def allocate(bytes: Long): GpuBuffer = {
    allocations += 1
    if (allocations == failAt) throw failure
    new StandInBuffer(this, bytes)
  }

  override def column(parts: ColumnParts): GpuColumn = new StandInColumn(this, parts, 0, owns = true)

  override def split(why: String): RuntimeException = new SplitException(why)

  def opened(what: AnyRef, name: String): Unit = synchronized(open(what) = name)

  def closed(what: AnyRef): Unit = synchronized {
    if (open.remove(what).isEmpty) throw new AssertionError(s"closed twice: $what")
  }

  def isOpen(what: AnyRef): Boolean = synchronized(open.contains(what))

  /** What has not been given back. */
  def leaks: Seq[String] = synchronized(open.values.toSeq)
}

final class SplitException(why: String) extends RuntimeException(why)

final class StandInBuffer(owner: StandInColumns, val bytes: Long) extends GpuBuffer {
  private val raw = new Memory(bytes + 512)
  val address: Long = (Pointer.nativeValue(raw) + 255) / 256 * 256
  owner.opened(this, s"$bytes bytes")
  raw.setMemory(0, raw.size, -1)

  private def at(from: Long, count: Long): Pointer = {
    if (!owner.isOpen(this)) throw new AssertionError("memory that was given back")
    if (from < 0 || from + count > bytes) throw new AssertionError(s"bytes [$from, ${from + count}) of $bytes")
    new Pointer(address + from)
  }

  override def read(from: Long, to: ByteBuffer): Unit = {
    val count = to.remaining
    to.put(at(from, count).getByteBuffer(0, count))
  }

  override def write(to: Long, from: ByteBuffer): Unit = {
    val count = from.remaining
    at(to, count).getByteBuffer(0, count).put(from)
  }

  override def close(): Unit = {
    raw.setMemory(0, raw.size, -1)
    owner.closed(this)
  }
}

/** As cuDF has it, with its wrong addresses: what a slice shows of its memory begins at as many bytes as it leaves out
  * rows.
  *
  * @param from
  *   the first of the rows of the parts that the column shows
  * @param owns
  *   whether the memory goes when this is closed
  */
final class StandInColumn(owner: StandInColumns, parts: ColumnParts, from: Int, owns: Boolean) extends GpuColumn {
  owner.opened(this, s"a column of ${parts.rows} rows")

  private def view(buffer: GpuBuffer): GpuMemory = if (buffer == null) null
  else
    new GpuMemory {
      override def address: Long = buffer.address + from
      override def bytes: Long = buffer.bytes
      override def read(at: Long, to: ByteBuffer): Unit = {
        if (!owner.isOpen(StandInColumn.this)) throw new AssertionError("a column that was closed")
        buffer.read(at + from, to)
      }
    }

  override def kind: ColumnKind = parts.kind
  override def rows: Int = parts.rows - from
  override def validity: GpuMemory = view(parts.validity)
  override def offsets: GpuMemory = if (rows == 0) null else view(parts.offsets)
  override def data: GpuMemory = view(parts.data)

  /** Of the parts' rows, whether this shows all of them or not. */
  override def child(index: Int): GpuColumn = new StandInColumn(owner, parts.children.get(index), 0, owns = false)

  override def copy(): GpuColumn = {
    val kept = parts.rows - from
    def piece(buffer: GpuBuffer, at: Long, count: Long): GpuBuffer = if (buffer == null) null
    else {
      val bytes = ByteBuffer.allocate(count.toInt)
      buffer.read(at, bytes)
      val copied = owner.allocate(count)
      copied.write(0, bytes.flip())
      copied
    }
    def deep(of: ColumnParts): ColumnParts = new ColumnParts(
      of.kind,
      of.rows,
      of.nulls,
      piece(of.validity, 0, if (of.validity == null) 0 else of.validity.bytes),
      piece(of.offsets, 0, if (of.offsets == null) 0 else of.offsets.bytes),
      piece(of.data, 0, if (of.data == null) 0 else of.data.bytes),
      of.children.asScala.map(deep).asJava
    )
    require(parts.validity == null, "a slice with nulls")
    val size = parts.kind.bytes
    owner.column(
      new ColumnParts(
        parts.kind,
        kept,
        0,
        null,
        piece(parts.offsets, from * 4L, (kept + 1) * 4L),
        if (size > 0) piece(parts.data, from.toLong * size, kept.toLong * size)
        else piece(parts.data, 0, if (parts.data == null) 0 else parts.data.bytes),
        parts.children.asScala.map(deep).asJava
      )
    )
  }

  /** Shows the rows from there on. */
  def slice(first: Int): StandInColumn = new StandInColumn(owner, parts, first, owns = false)

  override def close(): Unit = {
    owner.closed(this)
    if (owns) parts.buffers.forEach(_.close())
  }

  /** All bytes, to compare. */
  def content: Seq[Byte] = {
    val all = mutable.ArrayBuffer[Byte]()
    parts.buffers.forEach { buffer =>
      val bytes = ByteBuffer.allocate(buffer.bytes.toInt)
      buffer.read(0, bytes)
      all ++= bytes.array
    }
    all.toSeq
  }
}
