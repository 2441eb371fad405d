import Configuration
import Digest
import Files
import Foundation
import HTNetModel
import Datasets
import NeuralNetwork
import RunStore
import TensorCore
import Training
import Safetensors

/// What a user asked for on the command line of `htnet train`.
public struct TrainRequest: Sendable {
  /// YAML file; nil: the defaults.
  public var configuration: String?
  /// Replaces `data.path`.
  public var data: String?
  /// The run directory.
  public var run: String
  /// `key.path=value`.
  public var overrides: [String]

  public init(configuration: String?, data: String?, run: String, overrides: [String]) {
    self.configuration = configuration
    self.data = data
    self.run = run
    self.overrides = overrides
  }
}

/// Everything that every rank must know before the first fold; rank 0 reads it, the others are told.
struct RunPlan: Sendable {
  let configuration: RunConfiguration
  let dataset: Dataset
  let folds: [Fold]
  /// Bytes of the safetensors file that every fold starts from.
  let initialWeights: Data?
  /// Lines for the user, at the start of the job.
  let notices: [String]
  var initialWeightsSHA256: String? { initialWeights.map { SHA256.hexadecimal(of: $0) } }

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
    try checkMemory(weights: model.layout.weightCount, ranksOnHost: ranksOnHost)
    return Settings(configuration: configuration, notices: loaded.notices, model: model)
  }

  /// Reads and checks all else that a user can get wrong.
  init(_ settings: Settings) throws {
    configuration = settings.configuration
    dataset = try Dataset.load(
      configuration.data, classes: configuration.model.classes,
      imageSize: configuration.model.imageSize)
    folds = try LeaveOneSubjectOut.folds(of: dataset, configuration.folds)
    if let path = configuration.training.initialWeights {
      let file = try SafetensorsFile(path: path)
      let weights = try file.weights(of: settings.model)
      if let expected = file.metadata["weights_sha256"], expected != weights.sha256 {
        throw SafetensorsError(
          file: path,
          reason: "its tensors are not those that its weights_sha256 names: it is damaged")
      }
      initialWeights = file.bytes
      notices =
        settings.notices + configuration.inputDifferences(from: file).map { "warning: \($0)" }
    } else {
      initialWeights = nil
      notices = settings.notices
    }
  }

  /// Refuses a model whose weights and one gradient alone do not fit in the host's memory.
  private static func checkMemory(weights: Int, ranksOnHost: Int) throws {
    let bytesOfRank = 2 * Double(MemoryLayout<Float>.size) * Double(weights)
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard bytesOfRank * Double(ranksOnHost) > memory else { return }
    func gigabytes(_ bytes: Double) -> String { String(format: "%.1f GB", bytes / 1e9) }
    throw ConfigurationError(
      "model.dim",
      "the model has \(weights) weights; with their gradient a rank needs at least "
        + "\(gigabytes(bytesOfRank)), and this host has \(gigabytes(memory)) of memory for "
        + "\(ranksOnHost) of them: lower model.dim, model.block_repeats or model.mlp_multiple")
  }

  /// What the checkpoints of a fold on this machine belong to.
  ///
  /// - Parameter kernel: What computes the products.
  func identity(of fold: Fold, kernel: String) -> CheckpointIdentity {
    let digest = SHA256()
    digest.update(Data(configuration.resultKeys.utf8))
    // Two runs may name the same path and start from different weights.
    if let initialWeights { digest.update(initialWeights) }
    return CheckpointIdentity(
      subject: fold.subject, configurationSHA256: digest.finish(), dataSHA256: dataset.digest,
      model: configuration.model.publishedArguments, cpu: MachineFacts.cpu,
      kernel: kernel)
  }

  /// Samples that a fold has trained on when so many epochs, and batches of the next, are complete.
  func samples(of fold: Fold, epoch: Int, batch: Int) -> Int {
    epoch * fold.trainClips.count
      + min(batch * configuration.training.batchSize, fold.trainClips.count)
  }

  // MARK: - From rank 0 to the others

  private struct Header: Codable {
    let yaml: String
    let datasetBytes: Int
    let hasWeights: Bool
  }

  func serialized() throws -> [UInt8] {
    let data = try dataset.serialized()
    let header = try JSONEncoder().encode(
      Header(
        yaml: configuration.yaml, datasetBytes: data.count, hasWeights: initialWeights != nil))
    return withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) } + header + data
      + (initialWeights ?? Data())
  }

  init(serialized bytes: [UInt8]) throws {
    let length = Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    let header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<8 + length]))
    let end = 8 + length + header.datasetBytes
    configuration = try RunConfiguration(yaml: header.yaml, file: "rank 0's configuration")
    dataset = try Dataset(serialized: Array(bytes[8 + length..<end]))
    folds = try LeaveOneSubjectOut.folds(of: dataset, configuration.folds)
    initialWeights = header.hasWeights ? Data(bytes[end...]) : nil
    notices = []
  }
}
