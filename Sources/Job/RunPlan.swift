import Configuration
import Datasets
import Digest
import Files
import Foundation
import HTNetModel
import Kernels
import NeuralNetwork
import RunStore
import Safetensors
import Tasks
import Training

/// Everything that every rank must know before the first fold; rank 0 reads it, the others are told.
public struct RunPlan: Sendable {
  public let configuration: RunConfiguration
  /// In the study's order; without a study the run's own alone.
  public let settings: [PlannedSetting]
  /// The name of the fold that tests each clip.
  let foldOfClip: [String]
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
  /// The clips and classes of all settings; their inputs may differ.
  public var dataset: Dataset { settings[0].dataset }

  /// A configuration that this host can train with, and its settings.
  struct Checked {
    fileprivate let configuration: RunConfiguration
    fileprivate let notices: [String]
    fileprivate let settings: [Setting]

    /// The same with the names that a run's settings have, where it goes on with one.
    func keepingNames(of run: RunDirectory) throws -> Checked {
      var text: String?
      do {
        text = try run.configuration()
      } catch let error as FileError where error.isOfTheSystem {
        throw CannotRead(error)
      } catch {
        // What is missing or damaged is the business of the run's opening.
      }
      guard let text, let earlier = try? RunConfiguration(yaml: text, file: run.configurationPath),
        let kept = try? configuration.keepingNames(of: earlier)
      else { return self }
      return Checked(
        configuration: kept.configuration,
        notices: notices
          + kept.renamed.map {
            "note: the setting \($0.name) is what the run calls \($0.kept), and keeps that name"
          }, settings: try kept.configuration.settings())
    }
  }

  /// Reads and checks what needs no data.
  ///
  /// - Parameter ranksOnHost: Ranks that share this host's memory.
  static func check(_ request: TrainRequest, ranksOnHost: Int) throws -> Checked {
    let loaded = try RunConfiguration.loadNoting(
      file: request.configuration, overrides: request.overrides, data: request.data)
    let configuration = loaded.configuration
    if let threads = configuration.training.threadsPerRank, threads > MachineFacts.cores {
      throw ConfigurationError(
        "",
        "training.threads_per_rank: \(threads) threads, but this host has "
          + "\(MachineFacts.cores) cores; auto takes what there is")
    }
    for setting in loaded.settings where setting.sameAs == nil {
      let model = try HTNet(setting.configuration.model)
      try MemoryCheck.require(
        weights: model.layout.weightCount, ranksOnHost: ranksOnHost, setting: setting.name)
    }
    return Checked(
      configuration: configuration, notices: loaded.notices, settings: loaded.settings)
  }

  /// Reads and checks all that a user can get wrong, but for the run directory.
  public init(_ request: TrainRequest) throws {
    try self.init(Self.check(request, ranksOnHost: 1))
  }

  /// Reads and checks all else that a user can get wrong.
  init(_ checked: Checked) throws {
    configuration = checked.configuration
    settings = try Self.read(checked.settings)
    (tasks, foldOfClip) = try Self.tasks(configuration, settings)
    places = Self.places(tasks)
    try Self.checkStatistics(tasks)
    notices =
      checked.notices + Self.inertNotices(settings.map(\.setting))
      + Self.extentNotice(settings.map(\.setting), configuration, tasks)
    let doubts = Self.averageWarnings(tasks, settings) + Self.innerWarnings(tasks)
    if let path = configuration.training.initialWeights {
      let file = try SafetensorsFile(path: path)
      let start = try Start(
        file, settings: settings, tested: Self.tested(tasks), configuration: configuration)
      initialWeights = file.bytes
      self.start = start.origin
      warnings = start.warnings + doubts
    } else {
      initialWeights = nil
      start = nil
      warnings = doubts
    }
  }

  /// Reads and composes the data once for all settings that agree on them.
  private static func read(_ settings: [Setting]) throws -> [PlannedSetting] {
    struct Wanted: Equatable {
      let data: DataConfiguration
      let shape: InputShape
      let mirroring: Mirroring?
    }
    var known: [(wanted: Wanted, dataset: Dataset, digest: String)] = []
    return try settings.map { setting in
      var data = setting.configuration.data
      // Input is scaled by the fold, not by the reader.
      data.scaling = .raw
      let wanted = Wanted(
        data: data, shape: InputShape(setting.configuration.model),
        mirroring: setting.configuration.augmentation.mirroring)
      if let same = known.first(where: { $0.wanted == wanted }) {
        return PlannedSetting(setting: setting, dataset: same.dataset, dataSHA256: same.digest)
      }
      let dataset = try Dataset.load(wanted.data, wanted.shape, mirroring: wanted.mirroring)
      let digest = dataset.digest
      known.append((wanted, dataset, digest))
      return PlannedSetting(setting: setting, dataset: dataset, dataSHA256: digest)
    }
  }

  /// The folds that some tasks train, and whom they test.
  private static func tested(_ tasks: [PlannedTask]) -> [(name: String, persons: [Person])] {
    var seen: Set<String> = []
    return tasks.filter { $0.key.inner == nil && seen.insert($0.fold.name).inserted }.map { task in
      (
        task.fold.name,
        Set(task.fold.testClips.map { task.dataset.clips[$0].person })
          .sorted { $0.description < $1.description }
      )
    }
  }

  /// All trainings of the run, and the name of the fold that tests each clip.
  static func tasks(_ configuration: RunConfiguration, _ settings: [PlannedSetting]) throws
    -> (tasks: [PlannedTask], foldOfClip: [String])
  {
    // Folds follow from clips and classes, which all settings share.
    let splits = try Splits(settings[0].dataset, configuration.splits)
    let folds = try splits.selected(configuration.folds)
    let nested = configuration.evaluation.protocols.contains(where: \.needsInnerTrainings)
    let inner = try configuration.seeds.map { seed in
      try folds.map { fold in
        try nested
          ? fold.inner(configuration.evaluation.nested, of: settings[0].dataset, seed: seed) : []
      }
    }
    var tasks: [PlannedTask] = []
    for planned in settings where planned.setting.sameAs == nil {
      for (seed, inner) in zip(configuration.seeds, inner) {
        var own = planned.setting.configuration
        own.training.seed = seed
        let key = { (fold: Fold, inner: Int?) in
          TaskKey(
            setting: planned.setting.key, seed: seed == configuration.training.seed ? nil : seed,
            split: fold.name, inner: inner)
        }
        func add(_ fold: Fold, inner: Int?) {
          tasks.append(
            PlannedTask(
              key: key(fold, inner), configuration: own, dataset: planned.dataset,
              dataSHA256: planned.dataSHA256, fold: fold))
        }
        for (fold, inner) in zip(folds, inner) {
          add(fold, inner: nil)
          for (place, fold) in inner.enumerated() { add(fold, inner: place + 1) }
        }
      }
    }
    return (try ordered(tasks), splits.names)
  }

  /// Refuses what the training clips of a fold cannot give: the weight of a class that has none, the
  /// scale of a channel that is constant.
  private static func checkStatistics(_ tasks: [PlannedTask]) throws {
    var seen: Set<TaskKey> = []
    for task in tasks {
      let (training, data) = (task.configuration.training, task.configuration.data)
      guard training.classWeights != .none || data.scaling == .standard else { continue }
      // The seed matters to inner trainings alone.
      var key = task.key
      if key.inner == nil { key.seed = nil }
      guard seen.insert(key).inserted else { continue }
      let fold = TrainingFold(task.fold, of: task.dataset, scaling: data.scaling)
      if training.classWeights != .none,
        let empty = fold.trainLabelCounts(classes: task.dataset.classNames.count).firstIndex(of: 0)
      {
        throw SplitError(
          key: "training.class_weights",
          reason: "the class \"\(task.dataset.classNames[empty])\" has no training clip in fold "
            + "\(task.key), so it has no weight: set none, or leave the class out of the data")
      }
      if case .training(let of) = fold.scaling, let channel = of.deviations.firstIndex(of: 0) {
        throw SplitError(
          key: "data.scaling",
          reason: "standard cannot scale channel \(channel), "
            + "\(data.format.planes(task.dataset.channels)[channel]): it is the same everywhere in the "
            + "training clips of fold \(task.key)")
      }
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

  /// What computes a task's products on this machine.
  ///
  /// - Throws: `UnsupportedPrecision`.
  public func kernel(of task: PlannedTask) throws -> ProductKernel {
    try ProductKernel.best(task.configuration.training.precision)
  }

  /// The fewest shards that a batch of any setting has.
  public var fewestShards: Int {
    settings.map(\.setting.configuration.training.gradientShards).min() ?? 1
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
        initialWeightsSHA256: initialWeightsSHA256), dataSHA256: task.dataSHA256,
      model: task.configuration.model.publishedArguments, cpu: MachineFacts.cpu,
      kernel: kernel)
  }

  /// What the file of a task's weights says of itself.
  public func weightsMetadata(of task: PlannedTask) throws -> [String: String] {
    let seen = Set(task.fold.trainClips.map { dataset.clips[$0].person.description })
    let scaling = TrainingFold(
      task.fold, of: task.dataset, scaling: task.configuration.data.scaling
    ).scaling
    return try task.configuration.weightsMetadata(
      task: task.key, dataSHA256: task.dataSHA256, classNames: dataset.classNames,
      persons: seen.union(start?.persons ?? []), scaling: scaling)
  }
}
