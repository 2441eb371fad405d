import Autograd
import Compute
import Foundation
import Kernels
import Matrices
import NeuralNetwork
import Safetensors

/// One row of a reference check: a quantity, how far it is off, and how far it may be.
public struct ReferenceCheckRow: Sendable {
  public let quantity: String
  /// The tensor that is worst, where the quantity has several.
  public let worst: String
  public let error: Double
  public let tolerance: Double
  /// NaN fails.
  public var passes: Bool { error <= tolerance }

  public init(quantity: String, worst: String, error: Double, tolerance: Double) {
    self.quantity = quantity
    self.worst = worst
    self.error = error
    self.tolerance = tolerance
  }
}

/// Compares the engine with a reference file: logits, loss, every gradient, and steps of Adam.
///
/// The file holds `input`, `labels`, `param.<key>`, `logits`, `loss`, `grad.<key>`, `adam.losses`
/// and `adam.param.<key>`, and in its metadata `config`, `adam_lr` and `adam_steps`. Errors are
/// relative: ‖ours − reference‖ / ‖reference‖ of a tensor.
public struct ReferenceCheck {
  private let outputTolerance: Double
  private let gradientTolerance: Double
  private let adamTolerance: Double
  /// A reference gradient below this share of the largest one is rounding noise.
  static let noiseShare = 1e-9
  /// Ours must then be below this share of the largest one.
  static let noiseTolerance = 1e-6

  private let file: SafetensorsFile
  private let model: HTNet
  private let context: CPUBackend<Float>
  private let weights: Weights<Float>
  private let images: Matrix<Float>
  private let labels: [Int]

  /// - Throws: `SafetensorsError` if the file cannot be used, with the reason.
  public init(_ file: SafetensorsFile, context: CPUBackend<Float>) throws {
    self.file = file
    self.context = context
    let isBF16 = context.products == .packed(.bf16)
    outputTolerance = isBF16 ? 1e-2 : 5e-6
    gradientTolerance = isBF16 ? 1.5e-1 : 2e-5
    adamTolerance = isBF16 ? 1e-2 : 1e-5
    model = try HTNet(HTNetConfiguration(metadataOf: file))
    let configuration = model.configuration
    weights = try Weights(model.layout, from: file, prefix: "param.")
    labels = try file.integers("labels")
    let image = [configuration.channels, configuration.imageSize, configuration.imageSize]
    let pixels = try file.floats("input", shape: [labels.count] + image)
    guard !labels.isEmpty, labels.allSatisfy({ (0..<configuration.classes).contains($0) }) else {
      throw SafetensorsError(
        file: file.file,
        reason: "its labels are none, or not all in 0 ..< \(configuration.classes)")
    }
    images = context.matrix(labels.count, image.reduce(1, *))
    images.set(pixels)
  }

  /// The quantities in the order logits, loss, gradients, losses and weights of the Adam steps.
  public func run() throws -> [ReferenceCheckRow] {
    let gradients = NodeGradients<CPUBackend<Float>>(count: model.layout.gradientCount)
    let first = step(gradients)
    var rows = [
      ReferenceCheckRow(
        quantity: "logits", worst: "",
        error: Self.error(
          first.logits, try file.doubles("logits")), tolerance: outputTolerance),
      ReferenceCheckRow(
        quantity: "loss", worst: "",
        error: Self.error([first.loss], try file.doubles("loss")),
        tolerance: outputTolerance),
    ]
    let noise = try gradientRows(gradients, &rows)
    try adamRows(gradients, noise: noise, &rows)
    return rows
  }

  private func step(_ gradients: NodeGradients<CPUBackend<Float>>) -> (
    logits: [Double], loss: Double
  ) {
    let shards = BatchShards(whole: labels.count)
    let tape = Tape(context, shards: shards, weights: weights.buffer, gradients: gradients)
    let logits = model(images, on: tape)
    let losses = tape.crossEntropy(logits, labels: labels)
    let values = logits.value.values.map(Double.init)
    tape.backward()
    return (values, losses.reduce(0, +) / Double(labels.count))
  }

  /// Adds the rows of the gradients and returns the keys whose reference is rounding noise.
  private func gradientRows(
    _ gradients: NodeGradients<CPUBackend<Float>>, _ rows: inout [ReferenceCheckRow]
  ) throws -> Set<String> {
    var references: [String: [Double]] = [:]
    for tensor in model.layout.tensors {
      references[tensor.name] = try file.doubles("grad." + tensor.name)
    }
    let largest = references.values.map(Self.norm).max() ?? 0
    var worst = ReferenceCheckRow(
      quantity: "gradients", worst: "", error: 0, tolerance: gradientTolerance)
    var noisy = ReferenceCheckRow(
      quantity: "gradients of rounding noise", worst: "", error: 0,
      tolerance: Self.noiseTolerance)
    var dead = 0.0
    var noise: Set<String> = []
    for tensor in model.layout.tensors {
      let reference = references[tensor.name]!
      let ours = published(gradients, tensor)
      guard ours.count == reference.count else {
        throw SafetensorsError(
          file: file.file, reason: "tensor \"grad.\(tensor.name)\" has \(reference.count) values")
      }
      // Exact zeros on both sides: queries and keys over one token.
      dead = max(dead, Self.norm(Array(reference[..<tensor.deadCount])))
      if Self.norm(reference) < Self.noiseShare * largest {
        noise.insert(tensor.name)
        noisy.raise(to: Self.norm(ours) / largest, tensor.name)
      } else {
        worst.raise(to: Self.error(ours, reference), tensor.name)
      }
    }
    rows.append(worst)
    if !noise.isEmpty { rows.append(noisy) }
    if model.layout.tensors.contains(where: { $0.deadCount > 0 }) {
      rows.append(
        ReferenceCheckRow(
          quantity: "gradients of unread queries and keys", worst: "", error: dead, tolerance: 0))
    }
    return noise
  }

  private func adamRows(
    _ gradients: NodeGradients<CPUBackend<Float>>, noise: Set<String>,
    _ rows: inout [ReferenceCheckRow]
  ) throws {
    guard let rate = file.metadata["adam_lr"].flatMap(Double.init), rate > 0,
      let steps = file.metadata["adam_steps"].flatMap(Int.init), (1...100_000).contains(steps)
    else {
      throw SafetensorsError(
        file: file.file, reason: "its metadata has no usable \"adam_lr\" and \"adam_steps\"")
    }
    try weights.load(file, prefix: "param.")
    let adam = Adam<CPUBackend<Float>>(
      learningRate: rate, layout: model.layout, owned: 0..<model.layout.gradientCount,
      context)
    var losses: [Double] = []
    for _ in 0..<steps {
      losses.append(step(gradients).loss)
      adam.step(context, weights: weights.buffer, gradient: gradients.nodes[0])
    }
    rows.append(
      ReferenceCheckRow(
        quantity: "losses of \(steps) Adam steps", worst: "",
        error: Self.error(losses, try file.doubles("adam.losses")), tolerance: adamTolerance))
    var worst = ReferenceCheckRow(
      quantity: "weights after them", worst: "", error: 0, tolerance: adamTolerance)
    var noisy = ReferenceCheckRow(
      quantity: "weights whose gradient is noise", worst: "", error: 0,
      tolerance: Double(steps) * rate * (1 + 1e-3))
    for tensor in model.layout.tensors {
      let ours = weights.published(tensor).map(Double.init)
      let reference = try file.doubles("adam.param." + tensor.name)
      if noise.contains(tensor.name) {
        let largest = zip(ours, reference).map { abs($0 - $1) }.max() ?? 0
        noisy.raise(to: ours.count == reference.count ? largest : .nan, tensor.name)
      } else {
        worst.raise(to: Self.error(ours, reference), tensor.name)
      }
    }
    rows.append(worst)
    if !noise.isEmpty { rows.append(noisy) }
  }

  /// A tensor's gradient in the published order, zeros where nothing reaches the loss.
  private func published(_ gradients: NodeGradients<CPUBackend<Float>>, _ tensor: PublishedTensor)
    -> [Double]
  {
    let parameter = model.layout.trained.first { $0.name == tensor.name }!
    var flat = [Float](repeating: 0, count: tensor.deadCount)
    flat += UnsafeBufferPointer(
      start: gradients.nodes[0].pointer + parameter.gradientOffset!, count: parameter.count)
    return Weights.published(tensor, from: flat).map(Double.init)
  }

  private static func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// ‖ours − reference‖ / ‖reference‖; NaN for different counts or values that are not finite.
  static func error(_ ours: [Double], _ reference: [Double]) -> Double {
    guard ours.count == reference.count else { return .nan }
    let difference = norm(zip(ours, reference).map { $0 - $1 })
    return difference == 0 ? 0 : difference / norm(reference)
  }
}

extension ReferenceCheckRow {
  /// Takes a worse error with the tensor it belongs to; NaN is the worst.
  mutating func raise(to error: Double, _ name: String) {
    guard !(error <= self.error), !self.error.isNaN else { return }
    self = ReferenceCheckRow(quantity: quantity, worst: name, error: error, tolerance: tolerance)
  }
}
