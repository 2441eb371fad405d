import Datasets
import Safetensors

extension RunConfiguration {
  /// What every file of weights of this run says of itself, but for whose weights they are: how to
  /// build the published class for them, and what it is to be given.
  public var weightsMetadata: [String: String] {
    [
      "config": model.publishedArguments,
      "constructor": model.publishedConstructor,
      "input": "raw samples 0 to 255 as float32, [batch, \(model.channels), \(model.imageSize), "
        + "\(model.imageSize)]",
      "channels": "u, v, strain",
      "regions": data.regions.rawValue,
      // The release's labels, in the order of the logits.
      "classes": model.classes == 3
        ? "negative, positive, surprise"
        : (0..<model.classes).map(String.init).joined(separator: ", "),
    ]
  }

  /// One sentence for each thing that a file of weights says of its input otherwise than this run.
  /// Such weights may be a start on purpose, so this is worth a warning and no more.
  public func inputDifferences(from file: SafetensorsFile) -> [String] {
    let mine = weightsMetadata
    return ["regions", "channels", "classes", "input"].compactMap { key in
      guard let theirs = file.metadata[key], let ours = mine[key], theirs != ours else {
        return nil
      }
      return "\(file.file): its weights were trained with the \(key) \"\(theirs)\", and this run "
        + "has \"\(ours)\""
    }
  }
}
