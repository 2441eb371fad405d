import Configuration
import Datasets
import HTNetModel
import Kernels
import NeuralNetwork
import Safetensors
import Training

/// A model as `htnet export` writes it. Its weights are read when they are used: several large models need
/// not lie in memory together.
struct TrainedModel {
  let path: String
  let facts: ModelFacts
  let weightsSHA256: String
  private let model: HTNet
  private let kernel: ProductKernel

  /// As many clips as `training.batch_size` is by default.
  private static let batch = 256

  /// Reads and checks the whole file.
  ///
  /// - Throws: `SafetensorsError` with the reason, `FileError` if it cannot be read.
  init(path: String) throws {
    self.path = path
    let file = try SafetensorsFile(path: path)
    facts = try ModelFacts(of: file)
    model = try HTNet(facts.model)
    do {
      kernel = try ProductKernel.best(facts.precision)
    } catch is UnsupportedPrecision {
      throw SafetensorsError(
        file: path,
        reason: "its model computes in \(facts.precision.rawValue), which this CPU cannot")
    }
    weightsSHA256 = try Self.weights(of: model, in: file).sha256
  }

  /// - Throws: `SafetensorsError` if they are another model's, or not those that the file names.
  private static func weights(of model: HTNet, in file: SafetensorsFile) throws -> Weights<Float> {
    let weights = try file.weights(of: model)
    guard let expected = file.metadata["weights_sha256"] else {
      throw SafetensorsError(file: file.file, reason: "its metadata have no \"weights_sha256\"")
    }
    guard weights.sha256 == expected else {
      throw SafetensorsError(
        file: file.file,
        reason: "its tensors are not those that its weights_sha256 names: it is damaged")
    }
    return weights
  }

  /// The clips' logits [clips][classes], computed as a run computes those of its test clips.
  ///
  /// - Throws: `SafetensorsError` if the file is no longer what it was, or a logit is not finite.
  func logits(of dataset: Dataset, threads: Int) throws -> [[Float]] {
    let file = try SafetensorsFile(path: path)
    let weights = try Self.weights(of: model, in: file)
    guard weights.sha256 == weightsSHA256 else {
      throw SafetensorsError(file: path, reason: "was replaced while it was used")
    }
    let logits = model.logits(
      of: dataset.clips.count, batch: Self.batch, weights: weights,
      CPUBackend<Float>(threads: threads, products: kernel)
    ) { dataset.copyImage($0, scaling: facts.scaling, to: $1) }
    if let wrong = logits.firstIndex(where: { !$0.allSatisfy(\.isFinite) }) {
      let clip = dataset.clips[wrong]
      throw SafetensorsError(
        file: path, reason: "its logits of the clip \(clip.person)/\(clip.name) are not finite")
    }
    return logits
  }
}
