import Configuration
import Datasets
import Digest
import Files
import Foundation
import HTNetModel
import NeuralNetwork
import RunStore
import Safetensors
import Tasks
import Training

/// Everything that every rank must know before the first fold; rank 0 reads it, the others are told.
public struct RunPlan: Sendable {
  public let configuration: RunConfiguration
  public let dataset: Dataset
  /// In the order in which they are leased.
  public let tasks: [PlannedTask]
  let places: [TaskKey: Int]
  /// Bytes of the safetensors file that every fold starts from.
  public let initialWeights: Data?
  /// Whose clips these weights have seen; nil: weights are drawn.
  public let start: WeightsOrigin?
  /// Lines for the user, at the start of the job.
  let notices: [String]
  let warnings: [String]
  public var initialWeightsSHA256: String? { initialWeights.map { SHA256.hexadecimal(of: $0) } }

  /// A configuration that this host can train with, and its model.
  struct Settings {
    fileprivate let configuration: RunConfiguration
    fileprivate let notices: [String]
    fileprivate let model: HTNet
  }

  /// Reads and checks what needs no data.
  ///
  /// - Parameter ranksOnHost: Ranks that share this host's memory.
  static func settings(_ request: TrainRequest, ranksOnHost: Int) throws -> Settings {
    let loaded = try RunConfiguration.loadNoting(
      file: request.configuration, overrides: request.overrides, data: request.data)
    let configuration = loaded.configuration
    if let threads = configuration.training.threadsPerRank, threads > MachineFacts.cores {
      throw ConfigurationError(
        "",
        "training.threads_per_rank: \(threads) threads, but this host has "
          + "\(MachineFacts.cores) cores; auto takes what there is")
    }
    let model = try HTNet(configuration.model)
    try MemoryCheck.require(weights: model.layout.weightCount, ranksOnHost: ranksOnHost)
    return Settings(configuration: configuration, notices: loaded.notices, model: model)
  }

  /// Reads and checks all else that a user can get wrong.
  init(_ settings: Settings) throws {
    configuration = settings.configuration
    notices = settings.notices
    dataset = try Dataset.load(configuration.data, InputShape(configuration.model))
    tasks = try Self.tasks(configuration, dataset)
    places = Self.places(tasks)
    if let path = configuration.training.initialWeights {
      let file = try SafetensorsFile(path: path)
      let weights = try file.weights(of: settings.model)
      if let expected = file.metadata["weights_sha256"], expected != weights.sha256 {
        throw SafetensorsError(
          file: path,
          reason: "its tensors are not those that its weights_sha256 names: it is damaged")
      }
      var start = try WeightsOrigin(of: file)
      let clips = dataset.clips
      try start.check(
        tasks.map { ($0.fold.subject, clips[$0.fold.testClips[0]].person) }, file: path)
      let doubtful = start.doubting(tasks.map { clips[$0.fold.testClips[0]].person })
      start = doubtful ?? start
      self.start = start
      initialWeights = file.bytes
      var warnings = configuration.inputDifferences(
        from: file, classNames: dataset.classNames)
      if doubtful != nil {
        warnings.append(
          "\(path): its weights have seen subjects of another dataset that are called as test subjects "
            + "are here; if they are the same people, the scores leave nobody out (name a manifest's "
            + "dataset with data.dataset)")
      } else if !start.isComplete {
        warnings.append(
          "\(path): its metadata do not say whose clips its weights were trained on; if a test "
            + "subject was among them, the scores leave nobody out")
      }
      if let rounding = try file.rounding(settings.model.layout) { warnings.append(rounding) }
      self.warnings = warnings
    } else {
      initialWeights = nil
      start = nil
      warnings = []
    }
  }

  static func tasks(_ configuration: RunConfiguration, _ dataset: Dataset) throws
    -> [PlannedTask]
  {
    try LeaveOneSubjectOut.folds(of: dataset, configuration.folds).map {
      PlannedTask(
        key: TaskKey(split: $0.subject), configuration: configuration, fold: $0)
    }
  }

  static func places(_ tasks: [PlannedTask]) -> [TaskKey: Int] {
    Dictionary(uniqueKeysWithValues: tasks.enumerated().map { ($1.key, $0) })
  }

  /// The task of this key, which is one of the plan's.
  public subscript(key: TaskKey) -> PlannedTask {
    guard let place = places[key] else { preconditionFailure("no task \(key) in the plan") }
    return tasks[place]
  }

  /// Keys in the plan's order.
  public func ordered(_ keys: Set<TaskKey>) -> [TaskKey] {
    tasks.map(\.key).filter(keys.contains)
  }

  /// What the checkpoints of a task on this machine belong to.
  ///
  /// - Parameter kernel: What computes the products.
  public func identity(of task: PlannedTask, kernel: String) -> CheckpointIdentity {
    CheckpointIdentity(
      task: task.key,
      // Two runs may name the same path and start from different weights.
      configurationSHA256: task.configuration.resultSHA256(
        initialWeightsSHA256: initialWeightsSHA256), dataSHA256: dataset.digest,
      model: task.configuration.model.publishedArguments, cpu: MachineFacts.cpu,
      kernel: kernel)
  }

  /// What the file of a task's weights says of itself.
  public func weightsMetadata(of task: PlannedTask) throws -> [String: String] {
    let seen = Set(task.fold.trainClips.map { dataset.clips[$0].person.description })
    return try task.configuration.weightsMetadata(
      task: task.key, dataSHA256: dataset.digest, classNames: dataset.classNames,
      persons: seen.union(start?.persons ?? []))
  }
}
