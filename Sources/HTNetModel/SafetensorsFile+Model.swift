import Foundation
import NeuralNetwork
import Safetensors

extension SafetensorsFile {
  /// Differences that a message names; it counts the others.
  private static let namedDifferences = 3

  /// The weights of a model, from a file that is this model's by its metadata and by its tensors.
  ///
  /// - Throws: `SafetensorsError` that names the first keys and tensors that are another model's.
  public func weights(of model: HTNet) throws -> Weights<Float> {
    let keys = try contradictions(to: model.configuration)
    guard keys.isEmpty else {
      throw foreign(keys + differences(from: model.layout, prefix: ""))
    }
    return try Weights(model.layout, from: self)
  }

  /// Refuses a file whose tensors are not the layout's, by name and shape, missing or surplus.
  func requireTensors(of layout: ParameterLayout, prefix: String) throws {
    let differences = differences(from: layout, prefix: prefix)
    guard differences.isEmpty else { throw foreign(differences) }
  }

  private func foreign(_ differences: [String]) -> SafetensorsError {
    let more = differences.count - Self.namedDifferences
    return SafetensorsError(
      file: file,
      reason: "holds another model's weights: "
        + differences.prefix(Self.namedDifferences).joined(separator: "; ")
        + (more > 0 ? "; and \(more) more such" : ""))
  }

  private func differences(from layout: ParameterLayout, prefix: String) -> [String] {
    let expected = Set(layout.tensors.map { prefix + $0.name })
    let missing = layout.tensors.map { prefix + $0.name }.filter { !contains($0) }
    let surplus = names.filter { $0.hasPrefix(prefix) && !expected.contains($0) }
    let shapes = layout.tensors.compactMap { tensor -> String? in
      let name = prefix + tensor.name
      guard let found = shape(of: name), found != tensor.shape else { return nil }
      return "tensor \"\(name)\" has the shape \(found), not \(tensor.shape)"
    }
    // One of each kind first: a deeper model's file differs in all three.
    let kinds = [
      missing.map { "it holds no tensor \"\($0)\"" },
      surplus.map { "the model has no tensor \"\($0)\"" }, shapes,
    ].filter { !$0.isEmpty }
    return kinds.map { $0[0] } + kinds.flatMap { $0.dropFirst() }
  }

  /// What a warning says of values that float32 does not hold as they are; nil if there are none.
  ///
  /// - Throws: `SafetensorsError` if a tensor of the layout is missing.
  public func rounding(_ layout: ParameterLayout) throws -> String? {
    let rounded = try layout.tensors.map { ($0.name, try roundedFloats($0.name)) }.filter { $1 > 0 }
    guard let first = rounded.first else { return nil }
    return "\(file): \(rounded.reduce(0) { $0 + $1.1 }) values in \(rounded.count) of its tensors, "
      + "\"\(first.0)\" the first, are rounded to float32, in which training computes"
  }

  /// What the metadata's `config`, JSON, and `constructor`, a Python literal, say otherwise than a
  /// model's configuration; nothing where they are missing. Keys that they leave out, and dropout,
  /// which shapes no weight, do not matter.
  ///
  /// - Throws: `SafetensorsError` if one is there and cannot be read.
  private func contradictions(to model: HTNetConfiguration) throws -> [String] {
    if let text = metadata["config"] {
      let there = try publishedArguments(text, "config", "JSON object")
      let sentences = try contradictions(there, "config", to: model)
      // The constructor says the same again.
      guard sentences.isEmpty else { return sentences }
    }
    guard let text = metadata["constructor"] else { return [] }
    let literal = "Python literal of a dictionary"
    let there = try publishedArguments(Self.json(ofPython: text), "constructor", literal)
    return try contradictions(there, "constructor", to: model)
  }

  private func contradictions(
    _ there: [String: StrictJSON], _ source: String, to model: HTNetConfiguration
  ) throws -> [String] {
    let here = try publishedArguments(model.publishedArguments, "config", "JSON object")
    return HTNetConfiguration.publishedNames.compactMap { name, key in
      guard let theirs = there[name], let ours = here[name] else { return nil }
      let found = theirs.whole.map { "\($0)" } ?? theirs.wholes.map { "\($0)" }
      let wanted = ours.whole.map { "\($0)" } ?? ours.wholes.map { "\($0)" }
      guard found != wanted, let wanted else { return nil }
      // One number of repeats stands for as many at every level.
      if let levels = ours.wholes, levels.allSatisfy({ $0 == theirs.whole }) { return nil }
      return "\(name) is \(found ?? "no whole number") in its \(source), but model.\(key) is "
        + wanted
    }
  }

  /// The model's arguments, each once.
  ///
  /// - Throws: `SafetensorsError`.
  func publishedArguments(_ json: String, _ source: String, _ kind: String) throws -> [String:
    StrictJSON]
  {
    do {
      if let members = try StrictJSON(Data(json.utf8)).members { return members }
    } catch let error as StrictJSON.Malformed where error.reason.hasPrefix("the key") {
      throw SafetensorsError(
        file: file, reason: "the \"\(source)\" of its metadata has \(error.reason)")
    } catch {}
    throw SafetensorsError(
      file: file, reason: "the \"\(source)\" of its metadata is not a \(kind)")
  }

  /// A Python literal of names, numbers and tuples as JSON.
  private static func json(ofPython literal: String) -> String {
    let brackets = literal.replacing("'", with: "\"").replacing("(", with: "[")
      .replacing(")", with: "]")
    return brackets.replacing(/,\s*([\]}])/) { $0.1 }
  }
}
