import Checkpointing
import Datasets
import Files
import Foundation
import NeuralNetwork

/// Reads one generation of a fold's checkpoints, whoever wrote it.
///
/// Everything is verified when it is opened: sizes and hashes against the manifest, and what each
/// file says of itself against the manifest and the model. Frames carry checksums of their own.
public struct CheckpointReader {
  public let generation: CheckpointManifest.Generation
  public let progress: FoldProgress
  /// What the fold's input is scaled by; nil: it is not.
  public let scaling: InputScaling?
  private let layout: ParameterLayout
  private let parts: [CheckpointPart]
  /// The full parts that `parts` are differences to; empty: they are full themselves.
  private let bases: [CheckpointPart]
  private let threads: Int

  /// Opens and verifies.
  ///
  /// - Throws: `CheckpointError`, `FileError`, `SafetensorsError`.
  public init(
    _ generation: CheckpointManifest.Generation, of manifest: CheckpointManifest,
    in store: CheckpointStore, layout: ParameterLayout, threads: Int
  ) throws {
    func open(_ generation: CheckpointManifest.Generation) throws -> [CheckpointPart] {
      try generation.parts.enumerated().map { index, part in
        let file = try CheckpointPart(
          path: store.path + "/" + part.file, expected: (part.bytes, part.sha256))
        try Self.check(file, index, generation, manifest, layout)
        return file
      }
    }
    guard generation.parts.last?.elements.last == layout.gradientCount else {
      throw CheckpointError(store.manifestPath, "is of another model")
    }
    parts = try open(generation)
    if let number = generation.base {
      guard let base = manifest[number] else {
        throw CheckpointError(store.manifestPath, "lacks generation \(number), a base of others")
      }
      bases = try open(base)
    } else {
      bases = []
    }
    self.generation = generation
    self.layout = layout
    self.threads = threads
    progress = try Self.progress(parts[0], generation)
    scaling = InputScaling(metadata: parts[0].metadata)
  }

  /// Compares what a file says of itself with what it is taken for.
  private static func check(
    _ part: CheckpointPart, _ index: Int, _ generation: CheckpointManifest.Generation,
    _ manifest: CheckpointManifest, _ layout: ParameterLayout
  ) throws {
    let elements = generation.parts[index].elements
    let expected = [
      "configuration_sha256": manifest.configurationSHA256, "data_sha256": manifest.dataSHA256,
      "generation": "\(generation.number)", "part": "\(index)",
      "parts": "\(generation.parts.count)", "elements": CheckpointTensors.json(elements),
      "epoch": "\(generation.epoch)", "batch": "\(generation.batch)",
      "steps": "\(generation.steps)", "weight_count": "\(layout.weightCount)",
      "layout": CheckpointTensors.description(layout),
    ].merging(CheckpointTensors.heading(manifest.task, format: manifest.format)) { $1 }
    for (key, value) in expected.sorted(by: { $0.key < $1.key })
    where part.metadata[key] != value {
      throw CheckpointError(
        part.path, "its \(key) is \(part.metadata[key] ?? "missing"), not \(value)")
    }
    guard part.metadata["base"] == generation.base.map({ "\($0)" }) else {
      throw CheckpointError(part.path, "has another base than the manifest says")
    }
    var planes = [
      CheckpointTensors.weights: elements[1] - elements[0],
      CheckpointTensors.first: elements[1] - elements[0],
      CheckpointTensors.second: elements[1] - elements[0],
    ]
    let untrained = CheckpointTensors.untrainedRuns(layout).reduce(0) { $0 + $1.count }
    if index == 0 && untrained > 0 { planes[CheckpointTensors.untrained] = untrained }
    // Whether there is one follows from the configuration, which is the manifest's.
    if part.tensor(CheckpointTensors.average) != nil {
      planes[CheckpointTensors.average] = elements[1] - elements[0]
    }
    for (name, count) in planes {
      guard let tensor = part.tensor(name), tensor.type == .uint8,
        tensor.shape == [BytePlanes.count, count]
      else { throw CheckpointError(part.path, "has no \"\(name)\" of \(count) values") }
    }
  }

  private static func progress(
    _ part: CheckpointPart, _ generation: CheckpointManifest.Generation
  ) throws -> FoldProgress {
    var progress = FoldProgress()
    progress.epoch = generation.epoch
    progress.batch = generation.batch
    progress.steps = generation.steps
    let losses = try part.bytes(of: CheckpointTensors.losses, type: .float64)
    progress.losses = losses.withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
    }
    let data = try part.bytes(of: CheckpointTensors.testLogits, type: .float32)
    let logits = data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    guard let shape = part.tensor(CheckpointTensors.testLogits)?.shape, shape.count == 3,
      shape[0] == 0 || shape[0] == progress.epoch && shape[2] > 0,
      progress.losses.count == progress.epoch,
      let loss = part.metadata["epoch_loss"].flatMap(Double.init), loss.isFinite
    else { throw CheckpointError(part.path, "its history does not fit its epoch") }
    progress.epochLoss = loss
    var rest = logits[...]
    progress.testLogits = (0..<shape[0]).map { _ in
      (0..<shape[1]).map { _ in
        defer { rest = rest.dropFirst(shape[2]) }
        return Array(rest.prefix(shape[2]))
      }
    }
    return progress
  }

  /// Fills all weights with those that are tested: the moving average where there is one.
  ///
  /// - Throws: As `readWeights`.
  public func readTestedWeights(into weights: Weights<Float>) throws {
    let hasAverage = parts.allSatisfy { $0.tensor(CheckpointTensors.average) != nil }
    try readWeights(
      into: weights, tensor: hasAverage ? CheckpointTensors.average : CheckpointTensors.weights)
  }

  /// Fills all weights.
  ///
  /// - Throws: `CheckpointError`, `FileError`; the weights are unspecified then.
  public func readWeights(into weights: Weights<Float>) throws {
    try readWeights(into: weights, tensor: CheckpointTensors.weights)
  }

  private func readWeights(into weights: Weights<Float>, tensor: String) throws {
    for (index, part) in generation.parts.enumerated() {
      let elements = part.elements[0]..<part.elements[1]
      try read(
        tensor, part: index, range: 0..<elements.count,
        into: layout.weightRanges(ofGradient: elements).map {
          UnsafeMutableBufferPointer(start: weights.pointer + $0.lowerBound, count: $0.count)
        })
    }
    let untrained = CheckpointTensors.untrainedRuns(layout)
    if untrained.isEmpty { return }
    try read(
      CheckpointTensors.untrained, part: 0, range: 0..<untrained.reduce(0) { $0 + $1.count },
      into: untrained.map {
        UnsafeMutableBufferPointer(start: weights.pointer + $0.lowerBound, count: $0.count)
      })
  }

  /// Fills the moments and, where it is kept, the average of the flat gradient's elements `owned`.
  ///
  /// - Throws: `CheckpointError`, `FileError`; they are unspecified then.
  public func readMoments(
    _ owned: Range<Int>, first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>,
    average: UnsafeMutablePointer<Float>? = nil
  ) throws {
    var targets = [(CheckpointTensors.first, first), (CheckpointTensors.second, second)]
    if let average { targets.append((CheckpointTensors.average, average)) }
    for (index, part) in generation.parts.enumerated() {
      let elements = part.elements[0]..<part.elements[1]
      let wanted = elements.clamped(to: owned)
      if wanted.isEmpty { continue }
      let start = wanted.lowerBound - elements.lowerBound
      for (name, target) in targets {
        try read(
          name, part: index, range: start..<start + wanted.count,
          into: [
            UnsafeMutableBufferPointer(
              start: target + (wanted.lowerBound - owned.lowerBound), count: wanted.count)
          ])
      }
    }
  }

  /// Reads values `range` of a plane tensor into runs that together are as long.
  private func read(
    _ name: String, part: Int, range: Range<Int>, into runs: [UnsafeMutableBufferPointer<Float>]
  ) throws {
    guard !range.isEmpty else { return }
    let planes = try PlaneValues(parts[part], name, range, threads: threads)
    if !bases.isEmpty {
      planes.add(to: try PlaneValues(bases[part], name, range, threads: threads))
    }
    planes.join(into: runs)
  }
}
