package io.varlen.model

import io.varlen.spark.fuzz.{FuzzTarget, Mutator}

import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.{ByteBuffer, ByteOrder}

/** A small ONNX model, of which every tensor is read. */
object OnnxFuzzTarget extends FuzzTarget {
  override val name = "onnx"

  override def seeds: IndexedSeq[Array[Byte]] = {
    val node = message(
      text(1, "hidden"),
      text(1, "onnx::MatMul_1"),
      text(2, "out"),
      text(3, "/layer.0/dense/MatMul"),
      text(4, "MatMul")
    )
    val graph = message(
      bytes(1, node),
      bytes(5, tensor("onnx::MatMul_1", packed = false, 2, 3)),
      bytes(5, tensor("embeddings.weight", packed = true, 4, 2)),
      bytes(5, tensor("bias", packed = false, 3))
    )
    IndexedSeq(message(varint(1, 6), text(2, "pytorch"), bytes(7, graph), Array[Byte](0x0d, 1, 2, 3, 4)))
  }

  override def mutated(seed: Array[Byte], mutator: Mutator): Array[Byte] = mutator.bytes(seed, seeds)

  override def read(file: Array[Byte], told: String => Unit): Unit = {
    val weights = new OnnxWeights("model.onnx", file)
    weights.contains("layer.0.dense.weight")
    weights.read("layer.0.dense.weight", 3, 2)
    weights.read("embeddings.weight", 4, 2)
    weights.read("bias", 3)
    weights.close()
  }

  private def tensor(name: String, packed: Boolean, shape: Int*): Array[Byte] = {
    val raw = ByteBuffer.allocate(4 * shape.product).order(ByteOrder.LITTLE_ENDIAN)
    (0 until shape.product).foreach(i => raw.putFloat(i.toFloat))
    val dimensions =
      if (packed) bytes(1, shape.flatMap(n => Mutator.varint(n.toLong)).toArray)
      else shape.flatMap(n => varint(1, n.toLong)).toArray
    message(dimensions, varint(2, 1), text(8, name), bytes(9, raw.array))
  }

  private def varint(field: Int, value: Long): Array[Byte] = Mutator.varint(field.toLong << 3) ++ Mutator.varint(value)
  private def text(field: Int, value: String): Array[Byte] = bytes(field, value.getBytes(UTF_8))
  private def bytes(field: Int, value: Array[Byte]): Array[Byte] =
    Mutator.varint(field.toLong << 3 | 2) ++ Mutator.varint(value.length.toLong) ++ value

  private def message(fields: Array[Byte]*): Array[Byte] = {
    val out = new ByteArrayOutputStream
    fields.foreach(out.writeBytes)
    out.toByteArray
  }
}
