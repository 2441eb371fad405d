import Datasets
import Foundation
import Safetensors
import Tasks

extension RunConfiguration {
  /// What every file of weights of this run says of their input and output: how to build the published
  /// class for them, and what it is to be given.
  ///
  /// - Parameter classNames: What the data's classes are called, by label.
  private func inputMetadata(classNames: [String]) -> [String: String] {
    let wide = data.format.isWide ? " (of 16 bits: divided by 257)" : ""
    return [
      "config": model.publishedArguments,
      "constructor": model.publishedConstructor,
      "input":
        inputWords
        + " 0 to 255 as float32\(wide), [batch, \(model.channels), \(model.imageSize), "
        + "\(model.imageSize)]",
      "format": data.format.rawValue,
      "channels": data.format.planes(model.channels).joined(separator: ", "),
      "regions": data.regions.rawValue,
      // With numbers of a fold its metadata say the formula instead.
      "scaling": data.scaling.rawValue,
      "precision": training.precision.rawValue,
      // In the order of the logits.
      "classes": classNames.joined(separator: ", "),
    ]
  }

  /// Which kind of samples the input has; which numbers they are scaled by is the fold's.
  private var inputWords: String {
    switch data.scaling {
    case .raw: "raw samples"
    case .standard: "samples, scaled as \"scaling\" says, of"
    case .clip: "samples, scaled for each clip as \"scaling\" says, of"
    }
  }

  /// What a file of a fold's weights says of itself.
  ///
  /// - Parameters:
  ///   - task: Which fold trained them.
  ///   - dataSHA256: The data set's digest.
  ///   - classNames: What the data's classes are called, by label.
  ///   - persons: Whose clips the weights have seen, by `dataset/subject`, their start's too.
  ///   - scaling: What the fold's input was scaled by; nil: it was not.
  public func weightsMetadata(
    task: TaskKey, dataSHA256: String, classNames: [String], persons: Set<String>,
    scaling: InputScaling?
  ) throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let list = String(decoding: try encoder.encode(persons.sorted()), as: UTF8.self)
    var origin = ["subject": task.split, "data_sha256": dataSHA256, WeightsOrigin.key: list]
    origin.merge(scaling?.metadata ?? [:]) { $1 }
    origin["setting"] = task.setting
    origin["seed"] = task.seed.map { "\($0)" }
    return inputMetadata(classNames: classNames).merging(origin) { $1 }
  }

  /// One sentence for each thing that a file of weights says of its input otherwise than this run.
  /// Such weights may be a start on purpose, so this is worth a warning and no more.
  public func inputDifferences(from file: SafetensorsFile, classNames: [String]) -> [String] {
    let mine = inputMetadata(classNames: classNames)
    return ["regions", "channels", "classes", "input"].compactMap { key in
      guard let theirs = file.metadata[key], let ours = mine[key], theirs != ours else {
        return nil
      }
      // Such text may itself quote a key of the metadata.
      func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "'") + "\"" }
      return
        "\(file.file): its weights were trained with the \(key) \(quoted(theirs)), and this run "
        + "has \(quoted(ours))"
    }
  }
}
