import ArgumentParser
import Checkpointing
import Configuration
import Console
import Datasets
import Files
import Foundation
import HTNetModel
import NeuralNetwork
import RunStore
import Safetensors
import Tasks
import Training
import Wording

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a fold's model as safetensors, with the published code's keys and shapes.",
    discussion: """
      A finished fold gives its kept weights (training.keep_weights=true), a running one those of \
      its newest checkpoint. The published PyTorch model loads the file with load_state_dict; the \
      file's metadata say how to construct it and what it takes (README.md, Weights).

      Examples:
        htnet export runs/small --fold sub01 --output sub01.safetensors
        htnet export runs/study --fold casme2/sub01 --setting dim=24 --seed 2 \\
          --output sub01.safetensors
      """)

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"))
  var path: String

  @Option(
    name: .long,
    help: "The subject whose fold is meant; dataset/subject where several datasets have it.")
  var fold: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The setting of a study, by its name. Default: the one that is the run's own configuration.",
      valueName: "name"))
  var setting: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "One of the run's seeds. Default: training.seed.", valueName: "seed"))
  var seed: UInt64?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The file to write; it may replace an earlier export, nothing else.", valueName: "file"))
  var output: String

  func run() throws {
    let directory = RunDirectory(path)
    try directory.requireRun()
    let ofRun = try RunConfiguration(
      yaml: directory.configuration(), file: directory.configurationPath)
    let ledger = try directory.ledger()
    try directory.checkConfiguration(ledger)
    let job = try directory.lastJob(ledger)
    guard let name = job.split(named: fold) else {
      throw RunError(
        path, "has no fold \"\(fold)\"; its folds are \(job.splits.joined(separator: ", "))")
    }
    let task = TaskKey(
      setting: try settingKey(of: ofRun), seed: try seedKey(of: ofRun), split: name)
    guard let configuration = try TaskConfigurations(ofRun)[task] else {
      throw RunError(path, "has no training \(task)")
    }
    let model = try HTNet(configuration.model)
    try checkOutput()
    let source: String
    let weights: Weights<Float>
    let scaling: InputScaling?
    if let finished = ledger.finished[task] {
      (weights, scaling) = try loadKept(directory, task, finished, model)
      source = Self.finishedFold
    } else if let checkpoint = try loadCheckpoint(directory, configuration, task, job, model) {
      (source, weights, scaling) = checkpoint
    } else if let finished = try directory.ledger().finished[task] {
      // A moment ago: that removes a fold's checkpoints.
      (weights, scaling) = try loadKept(directory, task, finished, model)
      source = Self.finishedFold
    } else if let failure = ledger.failed[task] {
      throw RunError(
        path,
        "has no model of fold \(task): it failed in \(failure.fold.cause), before its first "
          + "checkpoint")
    } else {
      throw RunError(path, "has neither a result nor a checkpoint of fold \(task) yet")
    }
    try SafetensorsWriter.write(
      weights.tensors(),
      metadata: configuration.weightsMetadata(
        task: task, dataSHA256: job.dataSHA256(of: task), classNames: job.namesOfClasses,
        persons: job.persons(seenBy: task.split), scaling: scaling
      ).merging(["source": source, "weights_sha256": weights.sha256]) { $1 }, to: output)
    print("\(output): \(counted(model.layout.tensors.count, "tensor")) of \(source), fold \(task)")
  }

  /// What tasks call the setting that is meant.
  private func settingKey(of configuration: RunConfiguration) throws -> String? {
    let settings = try configuration.settings()
    guard let meant = settings.first(where: { $0.name == setting ?? "" || $0.key == setting })
    else {
      throw RunError(
        path,
        (setting.map { "has no setting \"\($0)\"" }
          ?? "has several settings: name one with --setting")
          + "; its settings are " + settings.map(\.name).joined(separator: "; "))
    }
    return meant.sameAs.map { settings[$0].key } ?? meant.key
  }

  /// What tasks call the seed that is meant.
  private func seedKey(of configuration: RunConfiguration) throws -> UInt64? {
    guard let seed, seed != configuration.training.seed else { return nil }
    guard configuration.seeds.contains(seed) else {
      throw RunError(
        path,
        "has no seed \(seed); its seeds are "
          + configuration.seeds.map { "\($0)" }.joined(separator: ", "))
    }
    return seed
  }

  /// Refuses to write over anything but an earlier export.
  private func checkOutput() throws {
    switch try FileKind.of(output) {
    case nil: return
    case .directory: throw RunError(output, "is a directory; name a file with --output")
    case .file: break
    }
    let isExport: Bool
    do {
      isExport = try SafetensorsFile(path: output).metadata["source"] != nil
    } catch is SafetensorsError {
      isExport = false
    }
    guard isExport else {
      throw RunError(output, "is there and no earlier export; name another file with --output")
    }
  }

  private static let finishedFold = "the finished fold"

  private func loadKept(
    _ directory: RunDirectory, _ task: TaskKey, _ record: LedgerRecord.FoldFinished,
    _ model: HTNet
  ) throws -> (Weights<Float>, InputScaling?) {
    let file = directory.weightsPath(task)
    guard try FileKind.of(file) != nil else {
      let reason =
        record.weightsKept == true
        ? "and its weights were kept, but the file is gone; restore it, or"
        : "and training.keep_weights was false, so its weights were not kept;"
      throw RunError(
        file,
        "is not there: fold \(task) is finished, \(reason) train it again into another --run with "
          + "--set training.keep_weights=true --set folds.include=[\(task.split)]")
    }
    let kept = try SafetensorsFile(path: file)
    let weights = try kept.weights(of: model)
    guard weights.sha256 == record.weightsSHA256 else {
      throw RunError(
        file,
        "does not hold the weights that the ledger knows; restore it, or remove "
          + "\(directory.resultPath(task)) and go on with the run, which trains the fold again")
    }
    return (weights, InputScaling(metadata: kept.metadata))
  }

  /// - Returns: What the weights are of, and they; nil: there is no checkpoint.
  private func loadCheckpoint(
    _ directory: RunDirectory, _ configuration: RunConfiguration, _ task: TaskKey,
    _ job: LedgerRecord.JobStarted, _ model: HTNet
  ) throws -> (String, Weights<Float>, InputScaling?)? {
    let store = directory.checkpoints(task)
    guard let manifest = try store.manifest() else { return nil }
    // Older checkpoints have another digest.
    let isNewest = manifest.format == CheckpointManifest.newestFormat
    try manifest.checkBelongs(
      to: task,
      configurationSHA256: isNewest
        ? configuration.resultSHA256(initialWeightsSHA256: job.initialWeightsSHA256) : nil,
      dataSHA256: job.dataSHA256(of: task), file: store.manifestPath)
    let weights = Weights<Float>(model.layout)
    for generation in manifest.generations {
      do {
        let reader = try CheckpointReader(
          generation, of: manifest, in: store, layout: model.layout,
          threads: ProcessInfo.processInfo.activeProcessorCount)
        try reader.readTestedWeights(into: weights)
        return (
          "the checkpoint after epoch \(generation.epoch), step \(generation.batch)", weights,
          reader.scaling
        )
      } catch let error as FileError where error.code != ENOENT {
        // It may be whole: an older one must not pass for the newest.
        throw error
      } catch {
        logger.warning("\(error)")
      }
    }
    guard try store.manifest() == manifest else {
      throw RunError(
        store.manifestPath, "was replaced by a job while it was read: run the same command again")
    }
    throw RunError(store.manifestPath, "names no checkpoint that can be read")
  }
}
