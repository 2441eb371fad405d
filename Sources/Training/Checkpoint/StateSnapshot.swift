import Checkpointing
import Datasets
import Foundation
import NeuralNetwork
import Safetensors

/// Copies what a range of the flat gradient's elements owns of a fold's state into byte planes.
public struct StateSnapshot {
  let identity: CheckpointIdentity
  let generation: Int
  let base: Int?
  let part: Int
  let parts: Int
  let elements: Range<Int>

  /// - Parameters:
  ///   - base: The full generation that the file will hold the difference to; nil: it will be full.
  ///   - part: This part's number among the `parts` of the generation.
  ///   - elements: Of the flat gradient; the trainer must own them.
  public init(
    identity: CheckpointIdentity, generation: Int, base: Int? = nil, part: Int, parts: Int,
    elements: Range<Int>
  ) {
    self.identity = identity
    self.generation = generation
    self.base = base
    self.part = part
    self.parts = parts
    self.elements = elements
  }

  /// The state as it is now; the buffer must not be in use.
  ///
  /// All of it is copied by the trainer's threads before this returns.
  public func take(_ trainer: FoldTrainer, into buffer: PlaneBuffer) -> CheckpointContent {
    let layout = trainer.model.layout
    let runs = layout.weightRanges(ofGradient: elements)
    let owned = trainer.adam.owned.lowerBound
    let moments = [elements.lowerBound - owned..<elements.upperBound - owned]
    let untrained = part == 0 ? CheckpointTensors.untrainedRuns(layout) : []
    var sources: [(name: String, values: UnsafePointer<Float>, runs: [Range<Int>])] = [
      (CheckpointTensors.weights, UnsafePointer(trainer.weights.pointer), runs),
      (CheckpointTensors.first, UnsafePointer(trainer.adam.first.pointer), moments),
      (CheckpointTensors.second, UnsafePointer(trainer.adam.second.pointer), moments),
    ]
    if let average = trainer.average {
      sources.append((CheckpointTensors.average, UnsafePointer(average.values.pointer), moments))
    }
    if !untrained.isEmpty {
      sources.append(
        (CheckpointTensors.untrained, UnsafePointer(trainer.weights.pointer), untrained))
    }
    var planes: [CheckpointContent.Planes] = []
    var end = 0
    for source in sources {
      let count = source.runs.reduce(0) { $0 + $1.count }
      planes.append(CheckpointContent.Planes(name: source.name, offset: end, count: count))
      end += BytePlanes.count * count
    }
    buffer.reserve(end)
    for (source, tensor) in zip(sources, planes) {
      guard let memory = buffer.bytes.baseAddress else { break }
      let target = (memory + tensor.offset).assumingMemoryBound(to: UInt8.self)
      var offset = 0
      for run in source.runs {
        trainer.context.forEachPart(of: run.count, grain: 1 << 16) { chunk in
          BytePlanes.split(
            UnsafeBufferPointer(
              start: source.values + run.lowerBound + chunk.lowerBound, count: chunk.count),
            to: target, stride: tensor.count, offset: offset + chunk.lowerBound)
        }
        offset += run.count
      }
    }
    return CheckpointContent(
      metadata: metadata(trainer.progress, layout, runs: runs, untrained: untrained)
        .merging(trainer.fold.scaling?.metadata ?? [:]) { $1 },
      small: part == 0 ? Self.tensors(trainer.progress) : [], planes: planes, buffer: buffer)
  }

  private func metadata(
    _ progress: FoldProgress, _ layout: ParameterLayout, runs: [Range<Int>],
    untrained: [Range<Int>]
  ) -> [String: String] {
    var metadata = [
      "byte_planes": CheckpointContent.explanation,
      "configuration_sha256": identity.configurationSHA256,
      "data_sha256": identity.dataSHA256, "config": identity.model, "cpu": identity.cpu,
      "kernel": identity.kernel, "generation": "\(generation)", "part": "\(part)",
      "parts": "\(parts)",
      "elements": CheckpointTensors.json([elements.lowerBound, elements.upperBound]),
      "epoch": "\(progress.epoch)", "batch": "\(progress.batch)", "steps": "\(progress.steps)",
      "epoch_loss": "\(progress.epochLoss)", "weight_count": "\(layout.weightCount)",
      "runs": CheckpointTensors.description(runs),
      "layout": CheckpointTensors.description(layout),
    ].merging(
      CheckpointTensors.heading(identity.task, format: CheckpointManifest.newestFormat)
    ) { $1 }
    if part == 0 { metadata["untrained_runs"] = CheckpointTensors.description(untrained) }
    if let base {
      metadata["base"] = "\(base)"
      metadata["difference"] = CheckpointContent.differenceExplanation + "\(base)"
    }
    return metadata
  }

  private static func tensors(_ progress: FoldProgress) -> [SafetensorsTensor] {
    let logits = progress.testLogits
    let shape = [logits.count, logits.first?.count ?? 0, logits.first?.first?.count ?? 0]
    return [
      SafetensorsTensor(
        name: CheckpointTensors.losses, type: .float64, shape: [progress.losses.count],
        bytes: progress.losses.withUnsafeBytes { Data($0) }),
      SafetensorsTensor(
        name: CheckpointTensors.testLogits, shape: shape,
        floats: logits.flatMap { $0.flatMap { $0 } }),
    ]
  }
}
