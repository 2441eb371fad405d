import Digest
import HTNetModel
import NeuralNetwork

extension Weights where Scalar == Float {
  /// SHA-256 over the bytes of all published tensors, in the published order.
  public var sha256: String {
    let digest = SHA256()
    forEachPublishedTensor { digest.update($0) }
    return digest.finish()
  }
}
