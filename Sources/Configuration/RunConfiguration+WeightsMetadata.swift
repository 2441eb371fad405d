import Evaluation
import Foundation
import Safetensors
import Tasks

extension RunConfiguration {
  /// What every file of weights of this run says of their input and output: how to build the published
  /// class for them, and what it is to be given.
  ///
  /// - Parameter datasets: The names of the data's datasets, which decide what classes are called.
  private func inputMetadata(datasets: Set<String>) -> [String: String] {
    [
      "config": model.publishedArguments,
      "constructor": model.publishedConstructor,
      "input": "raw samples 0 to 255 as float32, [batch, \(model.channels), \(model.imageSize), "
        + "\(model.imageSize)]",
      "channels": "u, v, strain",
      "regions": data.regions.rawValue,
      // In the order of the logits.
      "classes": ClassNames.of(model.classes, datasets: datasets).joined(separator: ", "),
    ]
  }

  /// What a file of a fold's weights says of itself.
  ///
  /// - Parameters:
  ///   - task: Which fold trained them.
  ///   - dataSHA256: The data set's digest.
  ///   - datasets: The names of the data's datasets.
  ///   - persons: Whose clips the weights have seen, by `dataset/subject`, their start's too.
  public func weightsMetadata(
    task: TaskKey, dataSHA256: String, datasets: Set<String>, persons: Set<String>
  ) throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let list = String(decoding: try encoder.encode(persons.sorted()), as: UTF8.self)
    var origin = ["subject": task.split, "data_sha256": dataSHA256, WeightsOrigin.key: list]
    origin["setting"] = task.setting
    origin["seed"] = task.seed.map { "\($0)" }
    return inputMetadata(datasets: datasets).merging(origin) { $1 }
  }

  /// One sentence for each thing that a file of weights says of its input otherwise than this run.
  /// Such weights may be a start on purpose, so this is worth a warning and no more.
  public func inputDifferences(from file: SafetensorsFile, datasets: Set<String>) -> [String] {
    let mine = inputMetadata(datasets: datasets)
    return ["regions", "channels", "classes", "input"].compactMap { key in
      guard let theirs = file.metadata[key], let ours = mine[key], theirs != ours else {
        return nil
      }
      return "\(file.file): its weights were trained with the \(key) \"\(theirs)\", and this run "
        + "has \"\(ours)\""
    }
  }
}
