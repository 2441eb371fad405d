import Foundation
import NeuralNetwork
import Safetensors

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
  ///   - prefix: What stands before each key in the file; other tensors do not matter then.
  /// - Throws: `SafetensorsError` if the file's tensors are not the model's, by name and shape both
  ///   ways, or hold another type or a value that is not finite.
  public convenience init(
    _ layout: ParameterLayout, from file: SafetensorsFile, prefix: String = ""
  ) throws {
    try file.requireTensors(of: layout, prefix: prefix)
    self.init(layout)
    try fill(from: file, prefix: prefix)
  }

  /// Takes every tensor from a file of published weights.
  ///
  /// - Parameter prefix: What stands before each key in the file; other tensors do not matter then.
  /// - Throws: `SafetensorsError` as above.
  public func load(_ file: SafetensorsFile, prefix: String = "") throws {
    try file.requireTensors(of: layout, prefix: prefix)
    try fill(from: file, prefix: prefix)
  }

  private func fill(from file: SafetensorsFile, prefix: String) throws {
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
