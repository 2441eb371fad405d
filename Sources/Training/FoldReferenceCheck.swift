import Collectives
import Datasets
import Foundation
import HTNetModel
import Kernels
import NeuralNetwork
import Safetensors

/// Trains a fold of real data as a reference file has it, and compares losses and test classes.
///
/// The file holds `param.<key>`, `train.indices` and `test.indices` (rows of the data set),
/// `step.losses` and `epoch.test_logits`, and in its metadata `config`, `subject`, `epochs`,
/// `batch_size` and `lr`.
public struct FoldReferenceCheck {

  private let file: SafetensorsFile
  private let trainer: FoldTrainer
  private let epochs: Int
  private let lossTolerance: Double

  /// Whether a file holds a fold rather than a single batch.
  public static func describes(_ file: SafetensorsFile) -> Bool { file.contains("train.indices") }

  /// - Parameter data: The release's directory.
  public init(_ file: SafetensorsFile, data: String, context: CPUBackend<Float>) throws {
    func number<Value: LosslessStringConvertible>(_ key: String, _: Value.Type) throws -> Value {
      guard let value = file.metadata[key].flatMap({ Value($0) }) else {
        throw SafetensorsError(file: file.file, reason: "its metadata has no usable \"\(key)\"")
      }
      return value
    }
    self.file = file
    lossTolerance = context.products == .packed(.bf16) ? 2e-3 : 1e-4
    let model = try HTNet(HTNetConfiguration(metadataOf: file))
    var configuration = DataConfiguration()
    configuration.path = data
    let dataset = try Dataset.load(configuration, InputShape(model.configuration))
    let subject = file.metadata["subject"] ?? ""
    guard
      let fold = try Splits(dataset).folds.first(where: {
        $0.name == subject
      })
    else {
      throw SafetensorsError(
        file: file.file, reason: "its subject \"\(subject)\" is not in \(data)")
    }
    for (name, clips) in [("train.indices", fold.trainClips), ("test.indices", fold.testClips)] {
      guard try file.integers(name) == clips else {
        throw SafetensorsError(file: file.file, reason: "\(name) are not those of \(data)")
      }
    }
    epochs = try number("epochs", Int.self)
    var training = TrainingConfiguration()
    training.epochs = epochs
    training.batchSize = try number("batch_size", Int.self)
    training.learningRate = try number("lr", Double.self)
    guard (1...10_000).contains(epochs), training.batchSize >= 1, training.learningRate > 0 else {
      throw SafetensorsError(
        file: file.file, reason: "its metadata's epochs, batch_size or lr is out of range")
    }
    let weights = try Weights(model.layout, from: file, prefix: "param.")
    trainer = FoldTrainer(
      model: model, configuration: training, fold: TrainingFold(fold, of: dataset),
      group: ReductionGroup(nil, shards: training.gradientShards), context: context,
      initialWeights: weights)
  }

  public func run() throws -> [ReferenceCheckRow] {
    var losses: [Double] = []
    let outcome = try trainer.run(
      logitsOfEveryEpoch: true,
      afterStep: {
        losses.append($0.loss)
        return .goOn
      })
    let reference = try file.doubles("step.losses")
    guard reference.count == losses.count else {
      throw SafetensorsError(
        file: file.file, reason: "step.losses has \(reference.count) values, not \(losses.count)")
    }
    let error = zip(losses, reference).map { abs($0 - $1) / abs($1) }.max() ?? .nan
    let logits = (outcome?.logitsOfEveryEpoch ?? []).flatMap { $0 }
    let classes = trainer.model.configuration.classes
    let expected = try file.floats(
      "epoch.test_logits", shape: [epochs, trainer.fold.testCount, classes])
    let wrong = logits.indices.count { row in
      let theirs = Array(expected[row * classes..<(row + 1) * classes])
      return Self.largest(logits[row]) != Self.largest(theirs)
    }
    return [
      ReferenceCheckRow(
        quantity: "losses of \(losses.count) steps", worst: "", error: error,
        tolerance: lossTolerance),
      ReferenceCheckRow(
        quantity: "wrong classes of \(logits.count) test logits", worst: "",
        error: logits.isEmpty ? .nan : Double(wrong), tolerance: 0),
    ]
  }

  private static func largest(_ values: [Float]) -> Int? {
    values.indices.max { values[$0] < values[$1] }
  }
}
