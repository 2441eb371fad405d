import Checkpointing
import Foundation
import NeuralNetwork

extension Weights where Scalar == Float {
  /// Every tensor under its published key and in its published shape, each key after `prefix`.
  public func tensors(prefix: String = "") -> [SafetensorsTensor] {
    layout.tensors.map {
      SafetensorsTensor(name: prefix + $0.name, shape: $0.shape, floats: published($0))
    }
  }

  /// The weights that a file of published weights holds.
  ///
  /// - Parameters:
  ///   - layout: Of the model; no memory is taken for it before the file is known to hold it.
  ///   - prefix: What stands before each key in the file.
  /// - Throws: `SafetensorsError` for a tensor that is missing, of another shape or type, or not
  ///   finite.
  public convenience init(
    _ layout: ParameterLayout, from file: SafetensorsFile, prefix: String = ""
  ) throws {
    for tensor in layout.tensors {
      try file.requireTensor(prefix + tensor.name, shape: tensor.shape)
    }
    self.init(layout)
    try load(file, prefix: prefix)
  }

  /// Takes every tensor from a file of published weights.
  ///
  /// - Parameter prefix: What stands before each key in the file.
  /// - Throws: `SafetensorsError` for a tensor that is missing, of another shape or type, or not
  ///   finite.
  public func load(_ file: SafetensorsFile, prefix: String = "") throws {
    for tensor in layout.tensors {
      let name = prefix + tensor.name
      let values = try file.floats(name, shape: tensor.shape)
      guard values.allSatisfy(\.isFinite) else {
        throw SafetensorsError(
          file: file.file, reason: "tensor \"\(name)\" holds a value that is not finite")
      }
      setPublished(tensor, to: values)
    }
  }

  /// The published bytes of all tensors, one after another: what `weights_sha256` is over.
  public func forEachPublishedTensor(_ body: (UnsafeRawBufferPointer) -> Void) {
    for tensor in layout.tensors {
      switch tensor.order {
      case .published:
        body(
          UnsafeRawBufferPointer(
            UnsafeBufferPointer(start: pointer + tensor.offset, count: tensor.count)))
      case .tapsFirst:
        published(tensor).withUnsafeBytes(body)
      }
    }
  }
}

extension HTNetConfiguration {
  /// The model's arguments as JSON, in the published constructor's names.
  public var publishedArguments: String {
    "{\"image_size\": \(imageSize), \"patch_size\": \(patchSize), \"num_classes\": \(classes), "
      + "\"dim\": \(dim), \"heads\": \(heads), \"num_hierarchies\": \(hierarchies), "
      + "\"block_repeats\": \(blockRepeats), \"mlp_mult\": \(mlpMultiple), "
      + "\"channels\": \(channels)}"
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
    guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    else { throw fail("the \"config\" of its metadata is not a JSON object") }
    func whole(_ key: String, _ fallback: Int? = nil) throws -> Int {
      guard let value = object[key] else {
        if let fallback { return fallback }
        throw fail("the \"config\" of its metadata has no \"\(key)\"")
      }
      guard let number = value as? Int else {
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
      guard let number = value as? Double, number == 0 else {
        throw fail("\"dropout\" in the \"config\" of its metadata is not 0")
      }
    }
    guard let repeats = object["block_repeats"] as? [Int] else {
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
