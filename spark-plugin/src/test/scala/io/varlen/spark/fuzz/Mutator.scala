package io.varlen.spark.fuzz

import com.fasterxml.jackson.databind.node.{ArrayNode, JsonNodeFactory, ObjectNode}
import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}

import java.nio.charset.StandardCharsets.{ISO_8859_1, UTF_8}
import java.nio.{ByteBuffer, ByteOrder}
import scala.jdk.CollectionConverters._
import scala.util.{Random, Try}

/** Damages files as accidents and attackers do. The same random numbers make the same damage. */
final class Mutator(random: Random) {
  import Mutator._

  def pick[T](among: Seq[T]): T = among(random.nextInt(among.size))

  /** A few changes anywhere. */
  def bytes(seed: Array[Byte], others: Seq[Array[Byte]]): Array[Byte] =
    times(seed)(bytes => change(bytes, 0, bytes.length, others))

  /** A few changes within `[from, to)`; what is behind stays as it is. */
  def within(seed: Array[Byte], from: Int, to: Int): Array[Byte] =
    seed.take(from) ++ times(seed.slice(from, to))(part => change(part, 0, part.length, Nil)) ++ seed.drop(to)

  /** A JSON document with other values, keys and depth; as text changed where it is none. */
  def json(seed: Array[Byte]): Array[Byte] =
    Try(Mapper.readTree(seed)).toOption.filter(_.isContainerNode) match {
      case Some(root) if random.nextInt(5) > 0 =>
        (0 to random.nextInt(3)).foreach(_ => changeNode(root))
        val text = Mapper.writeValueAsString(root)
        (if (random.nextInt(4) > 0) text else withNumber(text)).getBytes(UTF_8)
      case _ => if (random.nextBoolean()) nested(seed) else bytes(seed, Nil)
    }

  /** Lines of which some are changed as JSON. */
  def jsonLines(seed: Array[Byte]): Array[Byte] = {
    val lines = new String(seed, ISO_8859_1).split("\n", -1)
    val at = random.nextInt(lines.length)
    lines(at) = new String(json(lines(at).getBytes(ISO_8859_1)), ISO_8859_1)
    lines.mkString("\n").getBytes(ISO_8859_1)
  }

  /** A number that reaches a limit, in eight bytes. */
  def hugeLong(order: ByteOrder): Array[Byte] =
    ByteBuffer.allocate(8).order(order).putLong(pick(Numbers)).array

  private def times(seed: Array[Byte])(once: Array[Byte] => Array[Byte]): Array[Byte] =
    (0 to random.nextInt(4)).foldLeft(seed)((bytes, _) => once(bytes).take(MaxBytes))

  private def change(bytes: Array[Byte], from: Int, to: Int, others: Seq[Array[Byte]]): Array[Byte] = {
    val at = from + random.nextInt(math.max(1, to - from))
    val length = math.min(to - at, 1 + random.nextInt(pick(Seq(2, 16, 1024)))).max(0)
    random.nextInt(11) match {
      case 0 | 1 => patched(bytes, at, Array((bytes.lift(at).getOrElse(0: Byte) ^ (1 << random.nextInt(8))).toByte))
      case 2     => patched(bytes, at, Array(pick(Seq(0, 1, 0x7f, 0x80, 0xc0, 0xff, '"', '{', '\n')).toByte))
      case 3     => bytes.take(at)
      case 4     => bytes.take(at) ++ bytes.drop(at + length)
      case 5     => bytes.take(at + length) ++ bytes.drop(at)
      case 6     => patched(bytes, at, hugeLong(pick(Orders)).take(pick(Seq(2, 4, 8))))
      case 7     => patched(bytes, at, varint(pick(Numbers)))
      case 8     => bytes.take(at) ++ Array.fill(length)(random.nextInt(256).toByte) ++ bytes.drop(at)
      case 9     => bytes.take(at) ++ (if (others.isEmpty) bytes else pick(others)).drop(at)
      case 10    => withNumber(new String(bytes, ISO_8859_1)).getBytes(ISO_8859_1)
    }
  }

  private def patched(bytes: Array[Byte], at: Int, patch: Array[Byte]): Array[Byte] =
    bytes.take(at) ++ patch ++ bytes.drop(at + patch.length)

  /** Where digits stand, others. */
  private def withNumber(text: String): String = {
    val numbers = "-?\\d[\\d.eE+-]*".r.findAllMatchIn(text).take(10000).toSeq
    if (numbers.isEmpty) text
    else {
      val one = pick(numbers)
      text.substring(0, one.start) + pick(NumberTexts) + text.substring(one.end)
    }
  }

  private def nested(seed: Array[Byte]): Array[Byte] = {
    val depth = pick(Seq(500, 1001, 20000, 200000))
    val (open, close) = pick(Seq("[" -> "]", "{\"a\":" -> "}"))
    val text = new String(seed, ISO_8859_1)
    val at = random.nextInt(text.length + 1)
    val closing = if (random.nextBoolean()) close * depth else ""
    (text.substring(0, at) + open * depth + "1" + closing + text.substring(at)).getBytes(ISO_8859_1)
  }

  private def changeNode(root: JsonNode): Unit = {
    val containers = allContainers(root)
    pick(containers) match {
      case o: ObjectNode if o.size > 0 =>
        val key = pick(o.fieldNames.asScala.toIndexedSeq)
        random.nextInt(6) match {
          case 0 => o.remove(key)
          case 1 => o.set[JsonNode](key + pick(Seq("x", "", "\u0000", "é", "/")), o.get(key))
          case 2 => o.set[JsonNode](key, pick(containers).deepCopy[JsonNode]())
          case _ => o.set[JsonNode](key, value(o.get(key)))
        }
      case a: ArrayNode if a.size > 0 =>
        val at = random.nextInt(a.size)
        random.nextInt(5) match {
          case 0 => a.remove(at)
          case 1 => (0 to random.nextInt(50)).foreach(_ => a.add(a.get(at).deepCopy[JsonNode]()))
          case 2 => a.insert(at, pick(containers).deepCopy[JsonNode]())
          case _ => a.set(at, value(a.get(at)))
        }
      case o: ObjectNode => o.set[JsonNode]("x", value(o))
      case a: ArrayNode  => a.add(value(a))
      case _             => ()
    }
  }

  private def allContainers(root: JsonNode): IndexedSeq[JsonNode] = {
    val found = IndexedSeq.newBuilder[JsonNode]
    def visit(node: JsonNode): Unit = if (node.isContainerNode) {
      found += node
      node.elements.asScala.take(2000).foreach(visit)
    }
    visit(root)
    found.result()
  }

  private def value(before: JsonNode): JsonNode = {
    val make = JsonNodeFactory.instance
    random.nextInt(9) match {
      case 0 => make.nullNode()
      case 1 => make.booleanNode(random.nextBoolean())
      case 2 => make.numberNode(pick(Numbers))
      case 3 => make.numberNode(pick(Seq(0.5, -1.0, 1e300, Double.MinPositiveValue, 1e19)))
      case 4 => make.textNode(pick(Texts))
      case 5 => make.arrayNode()
      case 6 => make.objectNode()
      case 7 => make.textNode(before.asText + pick(Texts))
      case 8 => make.numberNode(before.asLong(1) * pick(Seq(-1L, 2L, 7L, 1000L)))
    }
  }
}

object Mutator {
  private val Mapper = new ObjectMapper()
  private val Orders = Seq(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)

  /** No mutation makes a file larger. */
  private val MaxBytes = 1 << 20

  private val Numbers = Seq[Long](
    0,
    1,
    -1,
    2,
    127,
    128,
    255,
    256,
    32767,
    65535,
    65536,
    1 << 20,
    1 << 24,
    (1 << 26) - 1,
    1 << 30,
    Int.MaxValue - 8,
    Int.MaxValue,
    Int.MaxValue + 1L,
    Int.MinValue,
    (1L << 32) - 1,
    1L << 32,
    (1L << 53) + 1,
    Long.MaxValue,
    Long.MinValue,
    Long.MaxValue / 4 + 1
  )
  private val NumberTexts =
    Numbers.map(_.toString) ++ Seq(
      "1e999",
      "-1e999",
      "1e-999",
      "0.1",
      "1E400",
      "9" * 400,
      "0." + "0" * 900 + "1",
      "1e2147483648",
      "NaN",
      "-0",
      "01",
      "0x1",
      "99999999999999999999"
    )
  private val Texts = Seq(
    "",
    "a",
    "\u0000",
    "\ud800",
    "é",
    "\u001b[2J",
    "a\nb",
    "../../../etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "x" * 100000,
    "\\",
    "(a+)+$",
    "[",
    "[[:alpha:]",
    "(?i)",
    "\\p{L}{1000}{1000}",
    "\u202e",
    "model",
    "BPE",
    "mean",
    "1_Pooling",
    "F32",
    "9" * 50
  )

  def varint(value: Long): Array[Byte] = {
    val bytes = Array.newBuilder[Byte]
    var rest = value
    while ((rest & ~0x7fL) != 0) {
      bytes += (rest & 0x7f | 0x80).toByte
      rest >>>= 7
    }
    bytes += rest.toByte
    bytes.result()
  }
}
