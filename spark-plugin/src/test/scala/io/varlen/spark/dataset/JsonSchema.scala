package io.varlen.spark.dataset

import com.fasterxml.jackson.databind.{JsonNode, ObjectMapper}
import scala.jdk.CollectionConverters._

/** The part of JSON schema that our schemas use; a keyword that it does not know is an error. */
object JsonSchema {

  /** The committed one of a packed dataset's manifest. */
  lazy val ofManifest: JsonNode = {
    val in = classOf[PackedDataset].getResourceAsStream("packed-dataset-1.schema.json")
    try read(new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
    finally in.close()
  }

  private val annotations = Set("$schema", "title", "$defs")

  /** What is wrong with `json`, by path. */
  def violations(schema: JsonNode, json: JsonNode): Seq[String] = check(schema, schema, json, "$")

  def read(text: String): JsonNode = new ObjectMapper().readTree(text)

  private def check(root: JsonNode, schema: JsonNode, json: JsonNode, path: String): Seq[String] = {
    def unless(right: Boolean, what: => String): Seq[String] = if (right) Nil else Seq(s"$path $what")
    def items(node: JsonNode): Seq[JsonNode] = node.elements().asScala.toSeq
    schema.properties().asScala.toSeq.map(entry => entry.getKey -> entry.getValue).flatMap {
      case ("$ref", ref) =>
        check(root, root.at(ref.asText.stripPrefix("#")), json, path)
      case ("type", types) =>
        val allowed = if (types.isArray) items(types).map(_.asText) else Seq(types.asText)
        unless(allowed.exists(isOfType(json, _)), s"is no ${allowed.mkString(" or ")}")
      case ("const", value)    => unless(json == value, s"is not $value")
      case ("enum", values)    => unless(items(values).contains(json), s"is not one of $values")
      case ("pattern", regex)  => unless(!json.isTextual || json.asText.matches(regex.asText), s"does not match $regex")
      case ("minimum", least)  => unless(!json.isNumber || json.asDouble >= least.asDouble, s"is less than $least")
      case ("minItems", least) => unless(!json.isArray || json.size >= least.asInt, s"has less than $least items")
      case ("required", names) =>
        (if (json.isObject) items(names) else Nil).map(_.asText).filterNot(json.has).map(name => s"$path lacks $name")
      case ("properties", known) =>
        known.properties().asScala.toSeq.filter(entry => json.has(entry.getKey)).flatMap { entry =>
          check(root, entry.getValue, json.get(entry.getKey), s"$path.${entry.getKey}")
        }
      case ("additionalProperties", rule) =>
        val known = Option(schema.get("properties")).toSeq.flatMap(_.fieldNames().asScala).toSet
        json.fieldNames().asScala.toSeq.filterNot(known).flatMap { name =>
          if (rule.isBoolean) unless(rule.asBoolean, s"has $name")
          else check(root, rule, json.get(name), s"$path.$name")
        }
      case ("items", rule) =>
        items(json).zipWithIndex.flatMap { case (item, i) => check(root, rule, item, s"$path[$i]") }
      case (keyword, _) if annotations(keyword) => Nil
      case (keyword, _) => throw new IllegalArgumentException(s"keyword $keyword of the schema is not known")
    }
  }

  private def isOfType(json: JsonNode, name: String): Boolean = name match {
    case "object"  => json.isObject
    case "array"   => json.isArray
    case "string"  => json.isTextual
    case "integer" => json.isIntegralNumber
    case "boolean" => json.isBoolean
    case "number"  => json.isNumber
    case "null"    => json.isNull
  }
}
