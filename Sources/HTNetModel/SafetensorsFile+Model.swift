import Foundation
import NeuralNetwork
import TensorCore
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

  /// What the JSON `config` of the metadata says otherwise than a model's configuration; nothing if
  /// there is none. Keys that it leaves out, and dropout, which shapes no weight, do not matter.
  ///
  /// - Throws: `SafetensorsError` if it is there and no JSON object.
  private func contradictions(to model: HTNetConfiguration) throws -> [String] {
    guard let text = metadata["config"] else { return [] }
    guard let there = PublishedArgument.all(of: text),
      let here = PublishedArgument.all(of: model.publishedArguments)
    else {
      throw SafetensorsError(
        file: file, reason: "the \"config\" of its metadata is not a JSON object")
    }
    return HTNetConfiguration.publishedNames.compactMap { name, key in
      guard let theirs = there[name], let ours = here[name], theirs != ours else { return nil }
      // One number of repeats stands for as many at every level.
      if case .wholes(let levels) = ours, levels.allSatisfy({ theirs == .whole($0) }) { return nil }
      return "\(name) is \(theirs) in its config, but model.\(key) is \(ours)"
    }
  }
}

/// A value in the JSON `config` of a file's metadata.
private enum PublishedArgument: Decodable, Equatable, CustomStringConvertible {
  case whole(Int)
  case wholes([Int])
  /// None that an argument of the model can have.
  case other

  static func all(of json: String) -> [String: Self]? {
    try? JSONDecoder().decode([String: Self].self, from: Data(json.utf8))
  }

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if let number = try? value.decode(Int.self) {
      self = .whole(number)
    } else if let numbers = try? value.decode([Int].self) {
      self = .wholes(numbers)
    } else {
      self = .other
    }
  }

  var description: String {
    switch self {
    case .whole(let number): "\(number)"
    case .wholes(let numbers): "\(numbers)"
    case .other: "no whole number"
    }
  }
}
