import Foundation
import Safetensors

extension HTNetConfiguration {
  /// The published constructor's names of what shapes the weights, with the keys of the section
  /// `model`.
  static let publishedNames = [
    ("image_size", "image_size"), ("patch_size", "patch_size"), ("num_classes", "classes"),
    ("dim", "dim"), ("heads", "heads"), ("num_hierarchies", "hierarchies"),
    ("block_repeats", "block_repeats"), ("mlp_mult", "mlp_multiple"), ("channels", "channels"),
  ]

  /// The model's arguments as JSON, in the published constructor's names.
  public var publishedArguments: String {
    "{\"image_size\": \(imageSize), \"patch_size\": \(patchSize), \"num_classes\": \(classes), "
      + "\"dim\": \(dim), \"heads\": \(heads), \"num_hierarchies\": \(hierarchies), "
      + "\"block_repeats\": \(blockRepeats), \"mlp_mult\": \(mlpMultiple), "
      + "\"channels\": \(channels)}"
  }

  /// The model's arguments as a Python literal: every one of the published constructor, which takes
  /// `HTNet(**ast.literal_eval(text))`. JSON has no tuple, and the published class takes a list of
  /// `block_repeats` for one number.
  public var publishedConstructor: String {
    // A tuple of one needs its comma.
    let repeats =
      blockRepeats.map(String.init).joined(separator: ", ") + (blockRepeats.count == 1 ? "," : "")
    return "{'image_size': \(imageSize), 'patch_size': \(patchSize), 'num_classes': \(classes), "
      + "'dim': \(dim), 'heads': \(heads), 'num_hierarchies': \(hierarchies), "
      + "'block_repeats': (\(repeats)), 'mlp_mult': \(mlpMultiple), 'channels': \(channels), "
      // The published class takes dim_head, and reads it nowhere; 64 is its default.
      + "'dim_head': 64, 'dropout': \(dropout)}"
  }

  /// Reads the model's arguments from the JSON `config` of a safetensors file's metadata.
  ///
  /// Keys are the published constructor's: image_size, patch_size, num_classes, dim, heads,
  /// num_hierarchies, block_repeats and, optionally, mlp_mult, channels and dropout.
  ///
  /// - Throws: `SafetensorsError` if it is missing, malformed or breaks a rule of the shape.
  public init(metadataOf file: SafetensorsFile) throws {
    func fail(_ reason: String) -> SafetensorsError {
      SafetensorsError(file: file.file, reason: reason)
    }
    guard let text = file.metadata["config"] else {
      throw fail("its metadata has no \"config\" with the model's arguments")
    }
    let object = try file.publishedArguments(text, "config", "JSON object")
    func whole(_ key: String, _ fallback: Int? = nil) throws -> Int {
      guard let value = object[key] else {
        if let fallback { return fallback }
        throw fail("the \"config\" of its metadata has no \"\(key)\"")
      }
      guard let number = value.whole else {
        throw fail("\"\(key)\" in the \"config\" of its metadata is not a whole number")
      }
      return number
    }
    self.init()
    imageSize = try whole("image_size")
    patchSize = try whole("patch_size")
    classes = try whole("num_classes")
    dim = try whole("dim")
    heads = try whole("heads")
    hierarchies = try whole("num_hierarchies")
    mlpMultiple = try whole("mlp_mult", 4)
    channels = try whole("channels", 3)
    if let value = object["dropout"] {
      guard case .number(let number) = value, Double(number) == 0 else {
        throw fail("\"dropout\" in the \"config\" of its metadata is not 0")
      }
    }
    guard let repeats = object["block_repeats"]?.wholes else {
      throw fail("\"block_repeats\" in the \"config\" of its metadata is not a list of numbers")
    }
    blockRepeats = repeats
    do {
      try validate()
    } catch let error as HTNetConfigurationError {
      throw fail("the \"config\" of its metadata: \(error)")
    }
  }
}
