package io.varlen.spark.job

import io.varlen.tokenizer.{SpecialTokens, TokenBuffer, Tokenizer, TokenizerSource}
import java.nio.charset.StandardCharsets.UTF_8

/** Words by their lengths, between 101 and 102: a tokenizer that tests can do in their heads. */
class WordTokenizer extends Tokenizer {
  override def encode(utf8: Array[Byte], from: Int, to: Int, out: TokenBuffer): Unit =
    WordTokenizer.ids(new String(utf8, from, to - from, UTF_8)).foreach(out.add)

  override def decode(ids: Array[Int], from: Int, to: Int, skipSpecial: Boolean): String =
    ids.slice(from, to).filterNot(skipSpecial && _ > 100).map("x" * _).mkString(" ")

  override val specialTokens: SpecialTokens = new SpecialTokens(Array(101), Array(102), 9)
  override def vocabularySize: Int = 103
  override def close(): Unit = ()
}

object WordTokenizer {
  val Source = new TokenizerSource(
    "words",
    "{}".getBytes(UTF_8),
    null,
    "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
  )
  val Provider: TokenizerProvider = _ => new WordTokenizer

  def ids(text: String): Seq[Int] = text.split("\\s+").filter(_.nonEmpty).map(_.length min 100).toSeq
}
